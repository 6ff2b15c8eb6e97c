"""A call whose every free text is one that somebody wrote to do harm."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator
from typing import Any

from callcoach.model.analysis import CallAnalysis
from callcoach.model.recording import MetadataItem
from callcoach.model.timeline import Span

LONG = "W" * 4000

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)></svg>",
    "</script></style></title><base href=//evil.example><h1>",
    '=HYPERLINK("http://evil.example","y")',
    "@SUM(1)",
    "-2+3",
    "＝1+1",
    "a;=1+1",
    "\t=1+1",
    "\u202egnp.exe\u202c",
    "zero\u200bwidth\u2060\ufeff",
    "😀 👩\u200d👩\u200d👧",
    "]]><!--",
    "{{7*7}} {% raw %} ${7*7} #{7*7}",
    "line\nbreak\r\nand\ttab\u2028end",
    "nul\x00 bell\x07 escape\x1b[31m",
    "[click](javascript:alert(1)) ![i](http://evil.example/i.png)",
    "`code` | **bold** <http://evil.example>",
    "&lt;b&gt; &amp; %3Cscript%3E",
    "../../../etc/passwd",
    LONG,
)

_SAID = frozenset({"text", "quote", "before", "restated", "cut_off"})
# Names that callcoach gives, and those that a call or party is known by.
_OURS = frozenset(
    {"id", "turn", "speaker", "concern", "restates_turn", "side", "after", "incomer", "holder"}
    | {"code", "practice", "situation", "measure", "engine", "sha256", "guide_sha256", "config"}
    | {"config_sha256", "source_sha256", "codec", "step", "start_turn", "end_turn", "guide"}
    | {"callcoach", "answer", "item", "name", "version"}
)


def hostile(analysis: CallAnalysis, call_id: str) -> CallAnalysis:
    """The analysis with hostile texts in place of what was said, and in all that a manifest has."""
    texts = itertools.cycle(HOSTILE)
    poisoned = _poisoned(analysis, "", texts)
    metadata = tuple(
        MetadataItem(name if place else "queue", text)
        for place, (name, text) in enumerate(zip(HOSTILE, HOSTILE[::-1], strict=True))
    )
    call = dataclasses.replace(
        analysis.call,
        id=call_id,
        agent_id="../<img src=x onerror=alert(1)>&\"'=1 \u202e",
        source_name=HOSTILE[1],
        metadata=metadata,
    )
    return dataclasses.replace(poisoned, call=call, provenance=analysis.provenance)


def _poisoned(value: Any, name: str, texts: Iterator[str]) -> Any:
    if type(value) is str:
        if name in _OURS or not value:
            return value
        text = next(texts)
        return text if text != LONG or name in _SAID else next(texts)  # ours have no such words
    if isinstance(value, tuple):
        return tuple(_poisoned(item, name, texts) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        if type(value) is Span:
            return value
        fields = {
            f.name: _poisoned(getattr(value, f.name), f.name, texts)
            for f in dataclasses.fields(value)
            if f.init
        }
        return dataclasses.replace(value, **fields)
    return value
