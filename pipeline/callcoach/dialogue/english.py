"""What of a call is said in English: rules about words hold there and nowhere else.

In other languages the times alone count. A question mark is one in every language, so it stays.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from callcoach.dialogue.turns import Unit
from callcoach.model.interaction import OverlapEvent
from callcoach.model.speech import Turn, Word
from callcoach.speech.languages import ENGLISH, Languages


def english_words(words: Sequence[Word], languages: Languages) -> tuple[Word, ...]:
    """The words that are said in English."""
    return tuple(w for w in words if _is_english(w.speaker, w.middle_s, languages))


def english_turns(turns: Sequence[Turn], languages: Languages) -> tuple[Turn, ...]:
    """The turns with the text of those in other languages left out, but for a question mark."""
    return tuple(
        turn
        if _is_english(turn.speaker, turn.middle_s, languages)
        else dataclasses.replace(turn, text="?" if turn.text.rstrip().endswith("?") else "")
        for turn in turns
    )


def quoted(
    overlaps: Sequence[OverlapEvent], units: Sequence[Unit], words: Sequence[Word]
) -> tuple[OverlapEvent, ...]:
    """Overlaps with what the incomer said in whatever language, where they have no text."""
    return tuple(
        event if event.text else dataclasses.replace(event, text=_first_said(event, units, words))
        for event in overlaps
    )


def _is_english(speaker: str, at_s: float, languages: Languages) -> bool:
    party = languages.of(speaker)
    return party is None or party.at(at_s) == ENGLISH


def _first_said(event: OverlapEvent, units: Sequence[Unit], words: Sequence[Word]) -> str:
    own = (u for u in units if u.speaker == event.incomer and u.end_s > event.start_s)
    first = next(own, None)
    if first is None:
        return ""
    said = (w for w in words if w.speaker == event.incomer and first.contains(w.middle_s))
    return " ".join(word.text.strip() for word in said)
