"""What people send in: checked, and turned into reviews."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from callcoach.errors import CallCoachError
from callcoach.model.coaching import Finding
from callcoach.model.reviews import (
    CallComment,
    Discussion,
    FindingReview,
    Opinion,
    Reply,
    ReviewedFinding,
    ScoreReview,
)
from callcoach.storage.reviews import Part, Said, Sender

FORM_TOKEN = "form_token"
_ID = re.compile(r"[0-9a-f]{16}")
# Controls but for tab and line feed, and what would turn the rest of a line around.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class FormError(CallCoachError):
    """What was sent cannot be kept; the message says why and what to do."""


@dataclass(frozen=True)
class Sent:
    """What a form asks to keep; ``said`` is ``None`` where the earlier one is taken back."""

    part: Part
    target: str
    said: Said | None


@dataclass(frozen=True)
class Form:
    """The fields of a form; texts may be ``longest`` characters long."""

    fields: Mapping[str, str]
    longest: int

    def text(self, name: str, longest: int | None = None) -> str:
        """A field as plain text.

        Raises
        ------
        FormError
            If it is too long.
        """
        text = self.fields.get(name, "").replace("\r\n", "\n").replace("\r", "\n")
        text = _UNSAFE.sub("", text).strip()
        limit = longest or self.longest
        if len(text) > limit:
            raise FormError(
                f"This text has {len(text)} characters, and {limit} fit. Go back, make it "
                "shorter and save again."
            )
        return text

    def line(self, name: str, longest: int | None = None) -> str:
        """A field as text on one line."""
        return " ".join(self.text(name, longest).split())


def read_name(form: Form, longest: int) -> str:
    """The name that a person typed.

    Raises
    ------
    FormError
        If there is none.
    """
    name = form.line("name", longest)
    if not name:
        raise FormError("Please type your name, so that others know who wrote what.")
    return name


def read_opinion(form: Form, sender: Sender, findings: Collection[Finding]) -> Sent:
    """An opinion on one of the call's findings; ``none`` takes it back."""
    key = form.line("finding")
    finding = next((one for one in findings if one.key == key), None)
    given = form.line("opinion")
    if given == "none":
        return Sent(Part.FINDING, key, None)
    if finding is None:
        raise FormError(
            "This moment is no longer in the report: the call was scored again. Open the report "
            "anew to see what it says now."
        )
    if given not in set(Opinion):
        raise FormError("Please choose one: agree, disagree or not sure. Then save again.")
    return Sent(
        Part.FINDING,
        key,
        FindingReview(
            *sender,
            finding=key,
            opinion=Opinion(given),
            comment=form.text("comment"),
            about=ReviewedFinding.of(finding),
        ),
    )


def read_score(form: Form, sender: Sender, practices: Collection[str]) -> Sent:
    """A person's score of a practice, given beside the machine's.

    Neither a number nor a tick takes it back.
    """
    practice = form.line("practice")
    if practice not in practices:
        raise FormError("The guide has no such chapter. Open the report anew and try again.")
    return _score(form, sender, practice, "", seen=True)


def read_scores(
    form: Form, sender: Sender, practices: Collection[str], *, seen: bool
) -> list[Sent]:
    """A person's scores of several practices; those without a number or a tick are left alone.

    ``seen`` tells whether this person has opened the report before.
    """
    every = [_score(form, sender, practice, f":{practice}", seen=seen) for practice in practices]
    given = [sent for sent in every if sent.said is not None]
    if not given:
        raise FormError("Please give at least one score. Then save again.")
    return given


def _score(form: Form, sender: Sender, practice: str, end: str, *, seen: bool) -> Sent:
    """The score in the fields whose names have this end."""
    number, left_out = form.line(f"score{end}"), f"na{end}" in form.fields
    reason = form.text(f"reason{end}")
    if not number and not left_out:
        return Sent(Part.SCORE, practice, None)
    if number and left_out:
        raise FormError("Give a number, or tick “did not apply”, not both. Then save again.")
    if left_out and not reason:
        raise FormError("Please say in a few words why it did not apply. Then save again.")
    said = ScoreReview(
        *sender,
        practice=practice,
        score=None if left_out else _points(number),
        reason=reason,
        seen=seen,
    )
    return Sent(Part.SCORE, practice, said)


def read_comment(form: Form, sender: Sender) -> Sent:
    """A comment on the call; an empty one takes it back."""
    name, text = _id(form), form.text("text")
    if form.fields.get("for") not in ("all", "coaches"):
        raise FormError("Please choose who may read the comment. Then save again.")
    said = CallComment(
        *sender,
        id=name,
        text=text,
        coaches_only=form.fields["for"] == "coaches",
    )
    return Sent(Part.COMMENT, name, said if text else None)


def read_reply(form: Form, sender: Sender) -> Sent:
    """What the agent says; an empty text takes it back."""
    name, text = _id(form), form.text("text")
    said = Reply(
        *sender,
        id=name,
        text=text,
    )
    return Sent(Part.REPLY, name, said if text else None)


def read_discussed(form: Form, sender: Sender) -> Sent:
    """The day on which the call was talked about; no day takes it back."""
    given = form.line("on")
    if not given:
        return Sent(Part.DISCUSSED, "", None)
    try:
        on = date.fromisoformat(given)
    except ValueError:
        raise FormError("Please give the day as year-month-day, like 2026-03-02.") from None
    if on > sender.at.date() + timedelta(days=1):  # somebody's time zone is ahead
        raise FormError("This day is still to come. Save it after the talk.")
    said = Discussion(
        *sender,
        on=on,
    )
    return Sent(Part.DISCUSSED, "", said)


def _points(text: str) -> float:
    try:
        score = float(text.replace(",", "."))
    except ValueError:
        score = math.nan
    if not 0 <= score <= 100:
        raise FormError("A score is a number from 0 to 100. Correct it and save again.")
    return score + 0.0


def _id(form: Form) -> str:
    name = form.line("id")
    if not _ID.fullmatch(name):
        raise FormError("This form is not whole. Open the report anew and try again.")
    return name
