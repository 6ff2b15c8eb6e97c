"""Scripts and data inside a page: by file:// a page may load nothing else that is its own for sure.

A script stands in the page and is allowed by its hash; data stand in a block that is never run.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}


@dataclass(frozen=True)
class Script:
    """A script's text, and the source that a page's policy must allow for it."""

    text: str
    source: str


@cache
def inline_script(name: str) -> Script:
    """A script of ours from ``reports/assets``, to stand in a page as it is."""
    text = files("callcoach.reports").joinpath("assets", name).read_text(encoding="utf-8")
    assert "</script" not in text.lower()
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Script(text, f"'sha256-{digest}'")


def json_block(value: object) -> str:
    """Data as JSON for ``<script type="application/json">``.

    Nothing in it can end the block or begin a tag, and it is plain ASCII.
    """
    text = json.dumps(value, separators=(",", ":"))
    for sign, escape in _ESCAPES.items():
        text = text.replace(sign, escape)
    return text
