"""Scoring a call by ear: the sound and the guide's questions, without what the machine says.

Who has seen a score is drawn to it. For calibration people therefore score first and read the
report afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass

from callcoach.config.guide import Guide
from callcoach.model.analysis import CallAnalysis
from callcoach.model.coaching import OVERALL, FindingKind
from callcoach.model.playback import PlaybackKind
from callcoach.reports import labels
from callcoach.review.links import Session
from callcoach.text import formatting


@dataclass(frozen=True)
class BlindQuestion:
    """One chapter to score: its id, name and what it asks of the agent."""

    id: str
    title: str
    asks: str


@dataclass(frozen=True)
class SaidLine:
    """One line of the transcript."""

    time: str
    who: str
    text: str


@dataclass(frozen=True)
class BlindPage:
    """What the page shows; ``sound`` is the address of the sound with its type, or empty."""

    title: str
    base: str
    form_token: str
    questions: tuple[BlindQuestion, ...]
    sound: str
    mime: str
    lines: tuple[SaidLine, ...]


def practices_of(analysis: CallAnalysis) -> list[str]:
    """What may be scored: the chapters that the scorecard has, and the whole call."""
    card = analysis.scorecard
    return [OVERALL] if card is None else [*(one.id for one in card.practices), OVERALL]


def blind_page(analysis: CallAnalysis, guide: Guide, session: Session, base: str) -> BlindPage:
    """The page of one call; ``base`` is the call's address in the app."""
    names = {party.id: labels.party_name(party) for party in analysis.call.parties}
    sound = analysis.playback
    heard = sound is not None and sound.kind is PlaybackKind.COPY
    return BlindPage(
        title=formatting.clean(analysis.call.id),
        base=base,
        form_token=session.form_token,
        questions=tuple(
            _question(name, guide)
            for name in practices_of(analysis)
            if (chapter := guide.chapter(name)) is None
            or chapter.kind is not FindingKind.NOT_AUDIBLE  # nobody can score it by ear
        ),
        sound=f"{base}/{sound.href}" if sound is not None and heard else "",
        mime=sound.mime if sound is not None and heard else "",
        lines=tuple(
            SaidLine(
                formatting.clock(turn.start_s),
                names.get(turn.speaker, formatting.clean(turn.speaker)),
                formatting.clean(turn.text),
            )
            for turn in analysis.turns
        ),
    )


def _question(practice: str, guide: Guide) -> BlindQuestion:
    if practice == OVERALL:
        return BlindQuestion(
            practice, "The whole call", "How well was the call handled as a whole?"
        )
    chapter = guide.chapter(practice)
    if chapter is None:
        return BlindQuestion(practice, formatting.clean(practice), "")
    return BlindQuestion(practice, formatting.clean(chapter.title), formatting.clean(chapter.asks))
