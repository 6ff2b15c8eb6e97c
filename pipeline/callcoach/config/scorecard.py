"""The scorecard: which measures make up a practice, how much each counts, and what is good.

A scorecard is a TOML file that a team edits without code; ``configs/scorecard.toml`` is the shipped
one. It is read by :func:`callcoach.coaching.scorecard.read_scorecard`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from typing import Self

from pydantic import Field, PrivateAttr, model_validator

from callcoach.config.section import Section, setting


class SituationEvent(StrEnum):
    """What can make a situation of the guide count as heard. Each event is a moment of the call."""

    REPEATED_CONCERN = "repeated_concern"  # told again after the agent had answered it
    ASKS_TO_BE_HEARD = "asks_to_be_heard"  # says one of heard_phrases
    HARSH_CONCERN = "harsh_concern"
    THREAT = "threat"
    CUSTOMER_INTERRUPTION = "customer_interruption"
    TENSE_TURN = "tense_turn"
    PRESSURE = "pressure"  # tense, harsh or upset turns in a row, or in most of the call
    STATED_LIMIT = "stated_limit"
    OWNED_MISTAKE = "owned_mistake"  # responsibility taken, with an apology
    NAMED_MISTAKE = "named_mistake"  # the customer says one of mistake_phrases


class Condition(Section):
    """A measure that must lie in a range, or an item does not apply."""

    measure: str = setting(..., "Name of the measure.", min_length=1)
    at_least: float | None = setting(None, "Least value, in the measure's unit.")
    at_most: float | None = setting(None, "Greatest value, in the measure's unit.")

    @model_validator(mode="after")
    def _check_limits(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("a condition needs at_least or at_most")
        if self.at_least is None or self.at_most is None:
            return self
        if self.at_least > self.at_most:
            raise ValueError("at_least must not be above at_most")
        return self

    def holds(self, value: float) -> bool:
        """Whether a value lies in the range, its ends included."""
        low = self.at_least is None or value >= self.at_least
        return low and (self.at_most is None or value <= self.at_most)


class ItemCard(Section):
    """One measure as a part of a score."""

    measure: str = setting(..., "Name of the measure.", min_length=1)
    poor: float = setting(..., "Value that gives 0 points, in the measure's unit.")
    good: float = setting(..., "Value that gives 100 points; between the two the line is straight.")
    weight: float = setting(1.0, "Share in the practice, against the other items.", gt=0)
    bonus: bool = setting(False, "A bonus item can only raise the score.")
    when: Condition | None = setting(None, "The item applies only where this holds.")

    @model_validator(mode="after")
    def _check_ends(self) -> Self:
        if self.poor == self.good:
            raise ValueError("poor and good must differ")
        return self


class PracticeCard(Section):
    """How a chapter of the guide is scored. Without items it has no score and weight 0."""

    weight: float = setting(1.0, "Share in the overall score, against the other practices.", ge=0)
    min_support: float = setting(
        1.0, "With less to stand on (turns, concerns, seconds) there is no score.", ge=0
    )
    items: tuple[ItemCard, ...] = setting((), "The measures that make up the score.")
    not_audible: str = setting("", "Why no recording can show it; such a practice has no items.")
    automatic: bool = setting(
        False, "The score may stand unconfirmed; needs a calibration_file that allows it."
    )

    @model_validator(mode="after")
    def _check_items(self) -> Self:
        if bool(self.not_audible) == bool(self.items):
            raise ValueError("a practice has either items or a reason in not_audible")
        if self.not_audible and self.weight:
            raise ValueError("what no recording can show must have weight 0")
        if self.items and all(item.bonus for item in self.items):
            raise ValueError("at least one item must not be a bonus")
        _refuse_twice(self.items)
        return self


class EventCard(Section):
    """An event that makes a situation count as heard."""

    event: SituationEvent = setting(..., "Name of the event.")
    at_least: int = setting(1, "How often it must be heard.", ge=1)


class SituationCard(Section):
    """When a situation of the guide is heard, and how it is scored."""

    practice: str = setting(..., "Chapter that the situation's own findings go to.", min_length=1)
    when: tuple[EventCard, ...] = setting(..., "One of these is enough.", min_length=1)
    items: tuple[ItemCard, ...] = setting(..., "The measures that make up the score.", min_length=1)

    @model_validator(mode="after")
    def _check_items(self) -> Self:
        _refuse_twice(self.items)
        return self


class CriticalCard(Section):
    """A measure that holds the overall score down."""

    measure: str = setting(..., "Name of the measure.", min_length=1)
    at_least: float = setting(..., "From this value on, in the measure's unit.")
    cap: float = setting(
        ..., "The overall score is then at most this.", unit="points", ge=0, le=100
    )
    why: str = setting(..., "Why, in words for the report.", min_length=1)


class LeadsConfig(Section):
    """Which findings lead a report."""

    strengths: int = setting(
        3, "At most so many strengths lead.", source="a plain choice: what one talk has time for",
        ge=0,
    )  # fmt: skip
    opportunities: int = setting(
        3, "At most so many things to work on lead.", source="as strengths", ge=0
    )
    min_confidence: float = setting(
        0.5,
        "A thing to work on that is less sure than this is not named.",
        source="a plain choice: as likely wrong as right is not worth a talk",
        ge=0,
        le=1,
    )
    min_strength_confidence: float = setting(
        0.3,
        "A strength that is less sure than this never leads.",
        source="a plain choice: wrong praise costs less than wrong blame",
        ge=0,
        le=1,
    )
    min_impact: float = setting(
        0.05,
        "What matters less than this never leads.",
        source="a plain choice: a report may lead with fewer findings",
        ge=0,
        le=1,
    )
    strength_first: float = setting(
        1.5,
        "A strength counts this much more where a moment can be told as a strength or as a thing "
        "to work on.",
        source="a plain choice: a talk begins with what went well",
        ge=1,
    )
    same_practice: float = setting(
        0.5,
        "A further finding of a chapter that leads already counts this much, so that the leads "
        "speak of different things.",
        source="a plain choice",
        gt=0,
        le=1,
    )


class ScorecardFile(Section):
    """A whole scorecard file."""

    name: str = setting(..., "Name of the scorecard.", min_length=1)
    version: str = setting(..., "Its version, any text.", min_length=1)
    calibration_file: str = setting(
        "",
        "What callcoach calibrate --json wrote for this scorecard, found from where the scorecard "
        "lies; needed where a practice is automatic.",
    )
    min_coverage: float = setting(
        0.5,
        "With less coverage there is no overall score.",
        unit="share",
        source="a plain choice: less than half of the guide is no picture of the call",
        ge=0,
        le=1,
    )
    ordinary: float = setting(
        75.0,
        "What a chapter has in an ordinary call, which little evidence draws its score towards.",
        unit="points",
        source="a plain choice: the middle of what an ordinary, resolved, polite call deserves",
        ge=0,
        le=100,
    )
    ordinary_occasions: float = setting(
        0.0,
        "With so many occasions a chapter's score stands by itself; with half of them half of it "
        "does, and the rest is ordinary. An item has three at most. 0 draws nothing.",
        unit="occasions",
        source="a plain choice: what was heard once or twice is no way of working",
        ge=0,
    )
    pressure_turns: int = setting(
        2, "So many tense, harsh or upset customer turns in a row are pressure.", unit="turns", ge=1
    )
    pressure_share: float = setting(
        0.5,
        "More than this share of the customer's turns tense, harsh or upset is pressure.",
        unit="share",
        ge=0,
        le=1,
    )
    pressure_min_turns: int = setting(
        3, "A share of fewer customer turns says nothing about pressure.", unit="turns", ge=1
    )
    repeated_words: int = setting(
        2,
        "A concern is told again when it is of the same kind and shares this many content words.",
        unit="words",
        source="a plain choice: one word in common is the topic of the call",
        ge=1,
    )
    mistake_phrases: tuple[str, ...] = setting(
        ("mistake", "mistakes", "by mistake", "error", "went wrong", "messed up", "mixed up"),
        "How customers name a mistake; matched as whole words.",
        source="a list to extend",
    )
    heard_phrases: tuple[str, ...] = setting(
        (
            *("listen to me", "you are not listening", "you're not listening", "let me finish"),
            *("are you even listening", "are you listening", "let me speak", "let me talk"),
            *("stop interrupting", "don't interrupt", "do not interrupt", "hear me out"),
        ),
        "How customers ask to be heard; matched as whole words.",
        source="a list to extend",
    )
    leads: LeadsConfig = Field(LeadsConfig(), description="Which findings lead.")
    practices: Mapping[str, PracticeCard] = setting(..., "Chapters by their ids.", min_length=1)
    situations: Mapping[str, SituationCard] = setting({}, "Situations by their ids.")
    critical: tuple[CriticalCard, ...] = setting((), "What caps the overall score. Default: none.")
    _source: str = PrivateAttr("the scorecard")

    @model_validator(mode="after")
    def _check_practices(self) -> Self:
        for name, situation in self.situations.items():
            if situation.practice not in self.practices:
                raise ValueError(
                    f"situations.{name}.practice = {situation.practice!r} is no practice here; "
                    f"known are {', '.join(self.practices)}"
                )
        if not any(practice.weight for practice in self.practices.values()):
            raise ValueError("at least one practice needs a weight above 0")
        return self

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of all that scores are made of; comments and the order of keys change nothing.

        Which practices are automatic changes no score and is left out: else setting one would make
        the calibration that allows it one of another scorecard.
        """
        content = self.model_dump(
            mode="json", exclude={"calibration_file": True, "practices": {"__all__": {"automatic"}}}
        )
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def automatic(self) -> tuple[str, ...]:
        """The practices that are set to automatic."""
        return tuple(name for name, item in self.practices.items() if item.automatic)

    @property
    def source(self) -> str:
        """Where the scorecard was read from, for messages."""
        return self._source

    def read_from(self, source: str) -> ScorecardFile:
        """The same scorecard, knowing where it was read from."""
        copy = self.model_copy()
        copy._source = source
        return copy

    def measures(self) -> tuple[str, ...]:
        """Names of all measures that the scorecard uses, each once, in the order of the file."""
        names: dict[str, None] = {}
        parts: tuple[PracticeCard | SituationCard, ...] = (
            *self.practices.values(),
            *self.situations.values(),
        )
        for item in (item for part in parts for item in part.items):
            names[item.measure] = None
            if item.when is not None:
                names[item.when.measure] = None
        names.update(dict.fromkeys(item.measure for item in self.critical))
        return tuple(names)


def _refuse_twice(items: tuple[ItemCard, ...]) -> None:
    names = [item.measure for item in items]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"measure {name!r} is an item twice")
