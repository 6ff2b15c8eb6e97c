"""``analysis.json``: a :class:`CallAnalysis` as text, back again, and its published schema.

The document is the dataclass field by field, with two departures that make it easier to read from
other languages: ``voice`` is an object keyed by speaker, and the items of ``call.metadata`` stand
as text beside the call's own keys. Equal analyses give the same bytes.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
from functools import cache
from typing import Any, NoReturn

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json as to_text

from callcoach.call import SCHEMA_VERSION, CallAnalysis, CallInfo
from callcoach.errors import StoreError
from callcoach.older import brought_up, is_older

DECIMALS = 3  # a millisecond, a thousandth of a semitone or decibel: below any measuring error
SHARE_DECIMALS = 4
# "voice" and "words" are the two parts of a turn's tension.
_SHARES = frozenset(
    {"probability", "confidence", "coverage", "active_factor", "tension", "voice", "words"}
    | {"interruptions_per_turn", "trust"}
)
_CALL_KEYS = tuple(f.name for f in dataclasses.fields(CallInfo) if f.name != "metadata")


def to_json(analysis: CallAnalysis) -> str:
    """Write an analysis as JSON text (encode it as UTF-8), ending in a newline.

    Seconds and measures are rounded to 3 decimals, probabilities and shares to 4.

    Raises
    ------
    StoreError
        If a number is not finite or a value has the wrong type, if a metadata name is one of the
        call's own keys, or if a speaker has two voice entries.
    """
    call_id = analysis.call.id
    try:
        # Through the validator and back: an int or a numpy number in a float field would
        # otherwise give other bytes than the equal float.
        adapter = _adapter()
        plain = adapter.dump_python(analysis, warnings="none")
        document = adapter.dump_python(adapter.validate_python(_writable(plain)))
    except ValidationError as error:
        _refuse(call_id, _first(error))
    document = _rounded(document, call_id, "")
    document["call"] = _with_metadata(document["call"], call_id)
    document["voice"] = _by_speaker(document["voice"], call_id)
    # The bytes of json.dumps(document, ensure_ascii=False, indent=1), many times faster.
    return to_text(document, indent=1).decode() + "\n"


def from_json(text: str, where: str) -> CallAnalysis:
    """Read what :func:`to_json` wrote. Keys that this version does not know are ignored.

    Parameters
    ----------
    text
        The content of an ``analysis.json``.
    where
        Name of the file, for messages.

    Raises
    ------
    StoreError
        If the text is no analysis, or one of another schema version.
    """
    try:
        document = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise StoreError(f"{where} is not valid JSON: {error}; {_AGAIN}") from error
    if not isinstance(document, dict) or "schema_version" not in document:
        raise StoreError(f"{where} is not a callcoach analysis: no schema_version; {_AGAIN}")
    version = document["schema_version"]
    if version != SCHEMA_VERSION:
        raise StoreError(
            f"{where} has schema version {version!r}, this callcoach reads version "
            f"{SCHEMA_VERSION}; read it with the callcoach that wrote it, or {_AGAIN}"
        )
    for key in ("call", "voice"):
        if not isinstance(document.get(key), dict):
            raise StoreError(f"{where} is not a callcoach analysis: no object {key!r}; {_AGAIN}")
    call = document["call"]
    metadata = [{"name": n, "value": v} for n, v in call.items() if n not in _CALL_KEYS]
    own = {name: call[name] for name in _CALL_KEYS if name in call}
    document["call"] = {**own, "metadata": metadata}
    document["voice"] = [
        {**measures, "speaker": speaker} if isinstance(measures, dict) else measures
        for speaker, measures in document["voice"].items()
    ]
    try:
        analysis = _adapter().validate_json(json.dumps(document), strict=True)
        return brought_up(analysis) if is_older(document) else analysis
    except ValidationError as error:
        raise StoreError(
            f"{where} is not a callcoach analysis: {_first(error)}; {_AGAIN}"
        ) from error


def json_schema() -> str:
    """The JSON Schema (2020-12) of ``analysis.json``, schema version 1, as JSON text."""
    schema = _tidied(_adapter().json_schema(mode="serialization"))
    definitions = schema.pop("$defs")
    measures = definitions["VoiceMeasures"]
    del measures["properties"]["speaker"]
    call = definitions["CallInfo"]
    del call["properties"]["metadata"]
    call["additionalProperties"] = {"type": "string"}
    del definitions["MetadataItem"]
    schema["properties"]["voice"] = {
        "type": "object",
        "description": "Voice measures of each party, by the id of the party.",
        "additionalProperties": {"$ref": "#/$defs/VoiceMeasures"},
    }
    schema["properties"]["schema_version"] = {"const": SCHEMA_VERSION}
    for part in (schema, *definitions.values()):
        if "properties" in part:  # defaults belong to Python: every key is always written
            part["required"] = list(part["properties"])
    result = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"callcoach analysis, schema version {SCHEMA_VERSION}",
        **schema,
        "$defs": definitions,
    }
    return json.dumps(result, ensure_ascii=False, indent=1) + "\n"


_AGAIN = "run the call again to write it anew"


@cache
def _adapter() -> TypeAdapter[CallAnalysis]:
    return TypeAdapter(CallAnalysis)


def _refuse(call_id: str, what: str) -> NoReturn:
    raise StoreError(
        f"call {call_id}: the analysis cannot be stored: {what}; nothing was written. "
        "Please report this with the recording's format"
    )


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _first(error: ValidationError) -> str:
    """The first validation error as ``place: message``."""
    item = error.errors(include_url=False)[0]
    return f"{'.'.join(str(part) for part in item['loc'])}: {item['msg'].lower()}"


def _writable(value: Any) -> Any:
    """Texts that UTF-8 can hold: file names may carry bytes that are no text (lone surrogates)."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {key: _writable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_writable(item) for item in value]
    return value


def _rounded(value: Any, call_id: str, path: str) -> Any:
    """The document with settled decimals; ``path`` leads to ``value``."""
    if isinstance(value, dict):
        return {key: _rounded(item, call_id, f"{path}.{key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item, call_id, path) for item in value]
    if not isinstance(value, float):
        return value
    if not math.isfinite(value):
        _refuse(call_id, f"{path[1:]} is {value}, not a number")
    name = path.rsplit(".", 1)[-1]
    share = name in _SHARES or name.endswith("_share")
    return round(value, SHARE_DECIMALS if share else DECIMALS) + 0.0  # + 0.0: no -0.0


def _with_metadata(call: dict[str, Any], call_id: str) -> dict[str, Any]:
    result = {key: call[key] for key in _CALL_KEYS}
    for item in call["metadata"]:
        if item["name"] in result:
            _refuse(call_id, f"metadata {item['name']!r} has the name of another key; rename it")
        result[item["name"]] = item["value"]
    return result


def _by_speaker(voice: list[dict[str, Any]], call_id: str) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for measures in voice:
        speaker = measures.pop("speaker")
        if speaker in result:
            _refuse(call_id, f"voice has two entries for {speaker!r}")
        result[speaker] = measures
    return result


def _tidied(node: Any) -> Any:
    """The schema without generated titles, and with docstrings as plain text."""
    if isinstance(node, list):
        return [_tidied(item) for item in node]
    if not isinstance(node, dict):
        return node
    result = {}
    for key, value in node.items():
        if (isinstance(value, str) and key == "title") or key == "default":
            continue
        if isinstance(value, str) and key == "description":
            prose = re.split(r"\n\s*(?:Parameters|Raises)\n", value)[0]
            prose = re.sub(r":\w+:`(\w+)`|`+", r"\1", prose)
            result[key] = " ".join(prose.split())
        else:
            result[key] = _tidied(value)
    return result
