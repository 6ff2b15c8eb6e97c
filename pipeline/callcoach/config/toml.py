"""Every setting as a commented TOML file: ``python -m callcoach.config.toml``."""

from __future__ import annotations

import json
import textwrap

from callcoach.config.config import Config, known_keys
from callcoach.config.team_settings import is_for_teams

_HEAD = """\
# Every setting of callcoach with its default. Copy what you want to change into a file of your
# own and give it with --config; whatever is left out keeps its default. Values of the method stand
# in pipeline/callcoach/config, each with its unit and source; they are no settings.
"""

_WIDTH = 98


def default_toml() -> str:
    """The content of ``configs/default.toml``."""
    config = Config()
    lines = [_HEAD]
    section = None
    for name, key, field in known_keys():
        if not is_for_teams(name, key):
            continue
        settings = getattr(config, name)
        if name != section:
            title = (type(settings).__doc__ or "").strip().splitlines()[0]
            lines += [*([""] if section else []), f"[{name}]", f"# {title}", ""]
            section = name
        text = field.description
        for label in ("unit", "source"):
            if known := field.json_schema_extra[label]:
                text += f" {label.capitalize()}: {known}."
        lines += [*_comment(text), f"{key} = {_value(getattr(settings, key))}", ""]
    return "\n".join(lines).rstrip() + "\n"


def _comment(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="# ", subsequent_indent="# ")


def _value(value: object) -> str:
    """A value as TOML; lists are broken between their items."""
    if not isinstance(value, tuple):
        return json.dumps(value)
    lines = ["["]
    for item in value:
        text = f"{json.dumps(item)},"
        if len(lines) > 1 and len(lines[-1]) + 1 + len(text) <= _WIDTH:
            lines[-1] += f" {text}"
        else:
            lines.append(f"    {text}")
    return "\n".join([*lines, "]"])


if __name__ == "__main__":
    print(default_toml(), end="")
