"""Categories: rules that tag calls, in a file of their own.

A file has ``name``, ``version`` and a list ``[[category]]``; each category has a list
``[[category.rule]]``. The shipped file is ``configs/categories.toml``; a team's own file takes its
place (``coaching.categories_file``).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, model_validator

from callcoach.config.files import Keys, checked, explain, nearest, read_toml, refuse
from callcoach.config.section import Section, setting
from callcoach.model.language import ClosingKind, ConcernKind, QuestionKind, ResponseKind
from callcoach.model.party import Role


class EventKind(StrEnum):
    """What a rule looks for."""

    INTERRUPTION = "interruption"
    BACKCHANNEL = "backchannel"
    DEAD_AIR = "dead_air"
    HOLD = "hold"
    PHRASE = "phrase"
    CONCERN = "concern"
    RESPONSE = "response"
    CLOSING = "closing"
    QUESTION = "question"
    MEASURE = "measure"


ANNOUNCED, UNEXPLAINED = "announced", "unexplained"

TOOK_OVER, ATTEMPTED = "interruption", "attempted"

KINDS: dict[EventKind, tuple[str, ...]] = {
    EventKind.INTERRUPTION: (TOOK_OVER, ATTEMPTED),
    EventKind.DEAD_AIR: (ANNOUNCED, UNEXPLAINED),
    EventKind.CONCERN: tuple(ConcernKind),
    EventKind.RESPONSE: tuple(ResponseKind),
    EventKind.CLOSING: tuple(ClosingKind),
    EventKind.QUESTION: tuple(QuestionKind),
}
"""The kinds that an event can have; events that are not here have none."""

WITH_ROLE = (EventKind.INTERRUPTION, EventKind.BACKCHANNEL, EventKind.PHRASE)
"""The events that either side can be asked for."""

WITH_LENGTH = (
    EventKind.INTERRUPTION,
    EventKind.BACKCHANNEL,
    EventKind.DEAD_AIR,
    EventKind.HOLD,
)
"""The events that have a length of their own."""

_COUNTED = ("at_least", "at_most", "from_s", "to_s", "from_share", "to_share")


def _listed(value: object) -> object:
    """A single text stands for a list of one."""
    return (value,) if isinstance(value, str) else value


Texts = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class CategoryRule(Section):
    """One thing to look for, and how much of it must be there."""

    event: EventKind = setting(..., "What is looked for.")
    role: Literal["agent", "customer"] | None = setting(
        None, "Whose it is (interruption, backchannel, phrase). Left out: either side's."
    )
    kind: Texts = setting(
        (),
        "Which kinds of it count. Left out: all of them; of interruptions those that took over.",
    )
    words: Texts = setting(
        (),
        "Lines of which one must be said (phrase). '*' stands for up to 3 words; case and "
        "punctuation do not count, and short forms are the same as long ones.",
    )
    measure: str = setting("", "The measure's name (measure).")
    above: float | None = setting(None, "The measure is above this, in its unit.")
    below: float | None = setting(None, "The measure is below this, in its unit.")
    from_s: float | None = setting(
        None,
        "It begins at this time of the call or later. A value below 0 counts from the end.",
        unit="s",
    )
    to_s: float | None = setting(
        None,
        "It begins before this time of the call. A value below 0 counts from the end.",
        unit="s",
    )
    from_share: float | None = setting(
        None, "It begins after this part of the call.", unit="share", ge=0, le=1
    )
    to_share: float | None = setting(
        None, "It begins before this part of the call is over.", unit="share", ge=0, le=1
    )
    min_s: float | None = setting(
        None, "Only what lasts at least this long counts (one at a time).", unit="s", gt=0
    )
    at_least: int | None = setting(
        None, "At least this many; of phrases, turns. Left out: 1, or 0 with at_most.", ge=0
    )
    at_most: int | None = setting(None, "At most this many. Left out: any number.", ge=0)
    total_s: float | None = setting(None, "All of it together lasts at least this.", unit="s", gt=0)
    negate: bool = setting(False, "The rule is met where the rest of it is not.")

    @property
    def least(self) -> int:
        """How many there must be at least."""
        if self.at_least is not None:
            return self.at_least
        return 0 if self.at_most is not None else 1

    @model_validator(mode="after")
    def _check(self) -> Self:
        for key, of, allowed in (
            ("role", self.role, self.event in WITH_ROLE),
            ("words", self.words, self.event is EventKind.PHRASE),
            ("min_s", self.min_s, self.event in WITH_LENGTH),
            ("total_s", self.total_s, self.event in WITH_LENGTH),
        ):
            if of and not allowed:
                raise ValueError(f"{key} does not go with the event {self.event.value!r}")
        known = KINDS.get(self.event, ())
        for name in self.kind:
            if not known:
                raise ValueError(f"kind does not go with the event {self.event.value!r}")
            if name not in known:
                raise ValueError(f"kind {name!r} is not known; {nearest(name, known)}")
        self._check_measure()
        self._check_window()
        if self.at_most is not None and self.least > self.at_most:
            raise ValueError(f"at_least {self.least} is more than at_most {self.at_most}")
        if self.event is EventKind.PHRASE:
            if not self.words:
                raise ValueError("the event 'phrase' needs words, such as words = ['cancel']")
            for line in self.words:
                if not all(re.search(r"\w", part) for part in line.split("*")):
                    raise ValueError(f"words {line!r} needs words, and on both sides of '*'")
        return self

    def _check_measure(self) -> None:
        if self.event is not EventKind.MEASURE:
            for key in ("measure", "above", "below"):
                if getattr(self, key) not in ("", None):
                    raise ValueError(f"{key} goes with the event 'measure' only")
            return
        if not self.measure:
            raise ValueError("the event 'measure' needs measure, the measure's name")
        if self.above is None and self.below is None:
            raise ValueError("the event 'measure' needs above or below")
        if self.above is not None and self.below is not None and self.above >= self.below:
            raise ValueError(f"above {self.above:g} must be less than below {self.below:g}")
        for key in _COUNTED:
            if getattr(self, key) is not None:
                raise ValueError(f"{key} does not go with the event 'measure'")

    def _check_window(self) -> None:
        seconds = self.from_s is not None or self.to_s is not None
        shares = self.from_share is not None or self.to_share is not None
        if seconds and shares:
            raise ValueError("a window is in seconds (from_s, to_s) or shares, not in both")
        for start, end in ((self.from_s, self.to_s), (self.from_share, self.to_share)):
            if start is None or end is None or (start < 0) != (end < 0):
                continue
            if start >= end:
                raise ValueError(f"the window ends ({end:g}) before it begins ({start:g})")


class Category(Section):
    """A name that calls are tagged with, and the rules for it."""

    name: str = setting(..., "What the call is tagged with.", min_length=1)
    text: str = setting(..., "What the tag tells, in a sentence.", min_length=1)
    match: Literal["all", "any"] = setting("all", "Whether all rules must be met, or one of them.")
    rule: tuple[CategoryRule, ...] = setting(..., "The rules.", min_length=1)


class CategoryBook(Section):
    """All categories of a file."""

    name: str = setting(..., "Name of the file's content.", min_length=1)
    version: str = setting(..., "Its version, as text.", min_length=1)
    category: tuple[Category, ...] = setting((), "The categories.")

    @property
    def sha256(self) -> str:
        """Hash of every value, defaults included."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        seen: set[str] = set()
        for category in self.category:
            if category.name.strip().casefold() in seen:
                raise ValueError(f"there are two categories named {category.name!r}; rename one")
            seen.add(category.name.strip().casefold())
        return self


def read_categories(path: Path, measures: Collection[str] | None = None) -> CategoryBook:
    """Read a file of categories.

    Parameters
    ----------
    path
        The TOML file.
    measures
        Names of the measures there are; ``None`` takes any name.

    Raises
    ------
    ConfigError
        If the file cannot be read, a key is unknown or a value does not fit: file, category, rule
        and key are named, with what is expected. Every mistake is listed.
    """
    values = read_toml(path, "the categories")
    book = checked(CategoryBook, values, path, lambda item: _explain(item, values))
    if measures is not None:
        unknown = [
            f"category {category.name!r}, rule {number}: measure {rule.measure!r} is not known; "
            f"{nearest(rule.measure, sorted(measures))}"
            for category in book.category
            for number, rule in enumerate(category.rule, 1)
            if rule.measure and rule.measure not in measures
        ]
        if unknown:
            refuse(path, unknown)
    return book


def role_of(rule: CategoryRule) -> Role | None:
    """The role a rule asks for; ``None``: either side."""
    return None if rule.role is None else Role(rule.role)


# ----------------------------------------------------------------- mistakes


def _explain(item: Any, values: dict[str, Any]) -> str:
    """One validation error as a sentence, with the category by its name."""
    return explain(item, CategoryBook, lambda keys: _place(keys, values))


def _place(keys: Keys, values: dict[str, Any]) -> str:
    """Where a key is, in words."""
    if len(keys) < 2 or not isinstance(keys[1], int):
        return ""
    entry = values["category"][keys[1]]
    name = entry.get("name") if isinstance(entry, dict) else None
    place = f"category {name!r}" if isinstance(name, str) else f"category {keys[1] + 1}"
    if len(keys) >= 4 and isinstance(keys[3], int):
        return f"{place}, rule {keys[3] + 1}: "
    return f"{place}: "
