"""Where something private was said."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from callcoach.model.timeline import Span


class PrivateKind(StrEnum):
    """What was hidden; the value is what stands in its place, in brackets."""

    CARD_NUMBER = "card number"
    ACCOUNT_NUMBER = "account number"
    PHONE_NUMBER = "phone number"
    EMAIL = "e-mail"
    ADDRESS = "address"
    DATE_OF_BIRTH = "date of birth"
    GOVERNMENT_ID = "government id"
    NAME = "name"


@dataclass(frozen=True)
class Redaction(Span):
    """A stretch in which something private was said: hidden in texts, silent in the copy."""

    speaker: str
    kind: PrivateKind


class SilencedFor(StrEnum):
    """Why a stretch is silent in the copy of a call's sound."""

    HIDDEN = "hidden words"
    UNHEARD_ANSWER = "speech without words where something private was named or asked for"
    UNHEARD_SPEECH = "speech without words that may be digits"


@dataclass(frozen=True)
class Silenced(Span):
    """A stretch that must not be heard: both channels are silent there in every copy."""

    speaker: str
    reason: SilencedFor
