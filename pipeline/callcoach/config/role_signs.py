"""What tells the agent from the customer, and how much it weighs.

The lines of each sign are in ``configs/phrases/roles/signs.toml``. Their weights, in
``configs/phrases/weights/roles.toml``, are fitted by ``benchmarks/role_weights.py --fit``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from callcoach.config.files import checked, read_toml, shipped
from callcoach.config.section import Section, setting
from callcoach.errors import ConfigError

SIGNS_FILE = Path("roles") / "signs.toml"

WEIGHTS_FILE = Path("weights") / "roles.toml"

_LIST = re.compile(r"\{(\w+)\}")


class Sign(Section):
    """Lines that speak for the same thing."""

    reason: str = setting(..., "What the lines say.", min_length=1)
    sure: bool = setting(False, "Whether one such line may decide alone.")
    habit: bool = setting(
        False, "Whether it is a habit of speech: weighed, but neither quoted nor a sign by itself."
    )
    lines: tuple[str, ...] = setting(..., "The lines.", min_length=1)
    unless: tuple[str, ...] = setting((), "Lines that cancel a line they share words with.")


class RoleSigns(Section):
    """The signs by name, of agents and of customers, and what each weighs.

    ``weights`` are log odds of a speaker who alone shows a sign without end; a sign that one shows
    ``a`` times and the other ``b`` times gives ``(a - b) / (a + b + 1)`` of it.
    """

    agent: Mapping[str, Sign] = setting(..., "What agents say.")
    customer: Mapping[str, Sign] = setting(..., "What customers say.")
    weights: Mapping[str, float] = setting(..., "Log odds by sign.")


@cache
def shipped_signs() -> RoleSigns:
    """The signs and weights that come with callcoach.

    Raises
    ------
    ConfigError
        If a file is missing or wrong.
    """
    folder = shipped("phrases")
    return read_signs(folder / SIGNS_FILE, folder / WEIGHTS_FILE)


def read_signs(lines: Path, weights: Path | None) -> RoleSigns:
    """Read the signs and their weights; ``None`` gives every sign the weight 0.

    Raises
    ------
    ConfigError
        If a file cannot be read, or holds something else.
    """
    values = read_toml(lines, "the signs")
    lists = {name: str(text) for name, text in values.pop("lists", {}).items()}
    fitted = {} if weights is None else read_toml(weights, "the weights").get("weights")
    try:
        for sign in (sign for side in values.values() for sign in side.values()):
            for key in ("lines", "unless"):
                sign[key] = [_LIST.sub(lambda m: lists[m[1]], line) for line in sign.get(key, ())]
    except (KeyError, AttributeError, TypeError) as error:
        raise ConfigError(f"{lines} has an unknown list or no signs: {error}") from error
    return checked(RoleSigns, {**values, "weights": fitted}, lines)
