"""The guide's chapters and situations with their scores, in words: every one has a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from callcoach.config.guide import Chapter, Guide, Situation
from callcoach.model.analysis import CallAnalysis
from callcoach.model.coaching import (
    Evidence,
    Finding,
    FindingKind,
    ItemScore,
    PracticeScore,
    Scorecard,
    SituationScore,
    Verdict,
)
from callcoach.model.reviews import NO_REVIEWS, CallReviews
from callcoach.reports import labels
from callcoach.reports.call.lead_cards import (
    KIND_WORDS,
    LEAD_VERDICTS,
    moment_quote,
    why_not_scored,
)
from callcoach.reports.call.measure_words import (
    good_text,
    measure_meaning,
    measure_title,
    poor_text,
    value_text,
)
from callcoach.reports.call.people import opinions_of, scores_of
from callcoach.reports.call.quotes import Quote, QuotePlaces
from callcoach.reports.call.transcript import TranscriptLine
from callcoach.text import formatting

NOT_IN_CARD = "The scorecard has no rule for it."

_VERDICTS = {
    Verdict.STRENGTH: "Went well",
    Verdict.OPPORTUNITY: "To work on",
    Verdict.NOTE: "Note",
}


@dataclass(frozen=True)
class ItemRow:
    """One measure behind a score.

    ``good`` and ``poor`` are what gives all points and none. ``score`` is in words, ``note`` the
    reason where there is none.
    """

    name: str
    meaning: str
    value: str
    good: str
    poor: str
    score: str
    note: str


@dataclass(frozen=True)
class MomentRow:
    """A moment that speaks for or against a chapter, with the place to hear it.

    ``key`` is the finding's name in links, empty where the finding has its place elsewhere on the
    page. ``opinions`` are what people think of it.
    """

    verdict: str
    title: str
    quote: Quote
    key: str = ""
    opinions: tuple[str, ...] = ()


@dataclass(frozen=True)
class GuideRow:
    """One chapter or situation. ``anchor`` is its place on the page.

    ``state`` is ``scored``, ``open`` (it could not be judged), ``none`` (there was nothing to
    judge) or ``silent`` (no recording shows it). ``score`` says so in words, ``width`` is the
    score's bar in percent, ``note`` the reason where there is no score, or what it was drawn from.
    ``people`` are the scores that people gave.
    """

    anchor: str
    title: str
    state: str
    score: str
    width: float
    note: str
    kind: str
    when: str
    asks: str
    why: str
    items: tuple[ItemRow, ...]
    moments: tuple[MomentRow, ...]
    heard: tuple[str, ...]
    not_heard: str
    tips: tuple[str, ...]
    people: tuple[str, ...] = ()


@dataclass(frozen=True)
class GuidePart:
    """The guide's part of a report.

    ``overall`` and ``covered`` are in words; ``why`` says why there is no overall score, ``caps``
    what holds it down. ``counted`` tells how many chapters stand how. ``reason`` says why nothing
    was scored; the rows are there also then.
    """

    overall: str
    width: float | None
    covered: str
    why: str
    caps: tuple[str, ...]
    card: str
    guide: str
    chapters: tuple[GuideRow, ...]
    situations: tuple[GuideRow, ...]
    reason: str | None
    counted: str = ""


def guide_part(
    analysis: CallAnalysis,
    guide: Guide,
    places: QuotePlaces,
    lines: tuple[TranscriptLine, ...],
    reviews: CallReviews = NO_REVIEWS,
) -> GuidePart:
    """A row for every chapter and situation of the guide, and for others that were scored."""
    card = analysis.scorecard
    rows = _Rows(analysis, places, lines, reviews)
    if card is None:
        reason = why_not_scored(analysis, "scorecard")
        return GuidePart(
            overall="",
            width=None,
            covered="",
            why="",
            caps=(),
            card="",
            guide=_named(guide.name, guide.version),
            chapters=tuple(
                rows.bare(chapter, "This call was not scored.") for chapter in guide.chapters
            ),
            situations=tuple(
                rows.bare(item, "This call was not scored.") for item in guide.situations
            ),
            reason=reason,
        )
    scores = {item.id: item for item in card.practices}
    found = {item.id: item for item in card.situations}
    chapters = (
        *(rows.chapter(item, scores.pop(item.id, None)) for item in guide.chapters),
        *(rows.chapter(None, item) for item in scores.values()),
    )
    return GuidePart(
        overall="" if card.overall is None else formatting.number(card.overall, 0),
        width=None if card.overall is None else round(card.overall, 1),
        covered=formatting.percent(card.coverage),
        why=_sentence(card.reason or ""),
        caps=tuple(_cap(card, i) for i in range(len(card.caps))),
        card=_named(card.name, card.version),
        guide=formatting.clean(card.guide),
        chapters=chapters,
        situations=(
            *(rows.situation(item, found.pop(item.id, None)) for item in guide.situations),
            *(rows.situation(None, item) for item in found.values()),
        ),
        reason=None,
        counted=_counted(chapters),
    )


class _Rows:
    """Makes the rows of one call."""

    def __init__(
        self,
        analysis: CallAnalysis,
        places: QuotePlaces,
        lines: tuple[TranscriptLine, ...],
        reviews: CallReviews,
    ) -> None:
        self._analysis = analysis
        self._places = places
        self._lines = lines
        self._reviews = reviews
        # Leads have their place on a card of their own.
        leads = (item for item in analysis.findings or () if item.rank is not None)
        self._placed = {item.key for item in leads if item.verdict in LEAD_VERDICTS}

    def chapter(self, chapter: Chapter | None, score: PracticeScore | None) -> GuideRow:
        """A chapter with its score; one of the two may be missing, not both."""
        if score is None:
            assert chapter is not None
            return self.bare(chapter, NOT_IN_CARD)
        state, text = _state(score)
        return _row(
            "chapter",
            score.id,
            chapter,
            state=state,
            score=text,
            width=score.score or 0.0,
            note=_drawn(score) if score.score is not None else _sentence(score.reason or ""),
            kind=_kind(score.kind, score.automatic, score.score),
            items=score.items,
            moments=self._findings(score.id),
            people=scores_of(self._reviews, score.id),
        )

    def situation(self, situation: Situation | None, score: SituationScore | None) -> GuideRow:
        """A situation with its score; one of the two may be missing, not both."""
        if score is None:
            assert situation is not None
            return self.bare(situation, NOT_IN_CARD)
        state, text = "none", "not heard"
        if score.score is not None:
            state, text = "scored", _points(score.score)
        elif score.heard:
            state, text = "open", "not judged"
        return _row(
            "situation",
            score.id,
            situation,
            state=state,
            score=text,
            width=score.score or 0.0,
            note="" if score.score is not None else _sentence(score.reason or ""),
            kind=_kind(score.kind, False, score.score),
            items=score.items if score.heard else (),
            moments=tuple(self._moment(item) for item in score.moments),
        )

    def bare(self, item: Chapter, note: str) -> GuideRow:
        """A chapter or situation without a score."""
        silent = item.kind is FindingKind.NOT_AUDIBLE
        return _row(
            "situation" if isinstance(item, Situation) else "chapter",
            item.id,
            item,
            state="silent" if silent else "open",
            score=KIND_WORDS[item.kind] if silent else "not scored",
            width=0.0,
            note="" if silent else note,
            kind="",
            items=(),
            moments=(),
        )

    def _findings(self, practice: str) -> tuple[MomentRow, ...]:
        """The findings of a chapter in order of time."""
        found = [item for item in self._analysis.findings or () if item.practice == practice]
        return tuple(
            self._row(item)
            for item in sorted(found, key=lambda item: (item.start_s, item.end_s, item.code))
        )

    def _row(self, item: Finding) -> MomentRow:
        key = "" if item.key in self._placed else item.key
        self._placed.add(item.key)
        return MomentRow(
            verdict=_often(item),
            title=formatting.clean(item.title),
            quote=moment_quote(item, self._analysis, self._places, self._lines),
            key=key,
            opinions=opinions_of(self._reviews, item.key),
        )

    def _moment(self, item: Evidence) -> MomentRow:
        quote = self._places.quote(item.quote, item.turn or "", item.start_s)
        return MomentRow("Heard", "", quote)


def _row(
    family: str,
    name: str,
    text: Chapter | None,
    *,
    state: str,
    score: str,
    width: float,
    note: str,
    kind: str,
    items: Sequence[ItemScore],
    moments: tuple[MomentRow, ...],
    people: tuple[str, ...] = (),
) -> GuideRow:
    """A row with the guide's words, where the guide has the chapter."""
    row = GuideRow(
        anchor=f"{family}-{name}",
        title=labels.measure_name(name),
        state=state,
        score=score,
        width=round(width, 1),
        note=note,
        kind=kind,
        when="",
        asks="",
        why="",
        items=tuple(_item(item) for item in items),
        moments=moments,
        heard=(),
        not_heard="",
        tips=(),
        people=people,
    )
    if text is None:
        return row
    return replace(
        row,
        title=formatting.clean(text.title),
        when=formatting.clean(text.when) if isinstance(text, Situation) else "",
        asks=formatting.clean(text.asks),
        why=formatting.clean(text.why),
        heard=tuple(formatting.clean(line) for line in text.heard),
        not_heard=formatting.clean(text.not_heard),
        tips=(formatting.clean(text.strength_tip), formatting.clean(text.opportunity_tip)),
    )


def _item(item: ItemScore) -> ItemRow:
    if item.score is None:
        score, note = "not counted", _sentence(item.reason or "")
    else:
        score = _points(item.score)
        note = "A bonus: it can only raise the score." if item.bonus else ""
    return ItemRow(
        name=measure_title(item.measure),
        meaning=formatting.clean(measure_meaning(item.measure)),
        value="–" if item.value is None else value_text(item.measure, item.unit, item.value),
        good=good_text(item),
        poor=poor_text(item),
        score=score,
        note=note,
    )


def _drawn(score: PracticeScore) -> str:
    """What is said of a score that is drawn towards that of ordinary calls; else nothing."""
    alone = score.drawn_from
    if alone is None or score.score is None or abs(alone - score.score) < _FAR_DRAWN:
        return ""
    return (
        f"What was measured gives {_points(alone)} by itself. There was little to go by, so the "
        "score is drawn towards that of ordinary calls."
    )


def _state(score: PracticeScore) -> tuple[str, str]:
    """How a chapter stands: its state, and the same in words."""
    if score.score is not None:
        return "scored", _points(score.score)
    if score.kind is FindingKind.NOT_AUDIBLE:
        return "silent", KIND_WORDS[score.kind]
    return ("open", "not judged") if score.applies else ("none", "did not come up")


def _kind(kind: FindingKind, automatic: bool, score: float | None) -> str:
    """How a score was found; nothing where there is none."""
    if score is None or kind is FindingKind.NOT_AUDIBLE:
        return ""
    if automatic:
        return "checked against people"
    return KIND_WORDS[kind]


_FAR_DRAWN = 5.0  # points; nobody asks about less

_STATES = {
    "scored": "with a score",
    "open": "not judged: too little to go by",
    "none": "did not come up",
    "silent": "cannot be heard in a recording",
}


def _counted(chapters: Sequence[GuideRow]) -> str:
    """How many chapters stand how, such as ``9 with a score, 2 did not come up``."""
    many = [(sum(row.state == state for row in chapters), text) for state, text in _STATES.items()]
    return ", ".join(f"{count} {text}" for count, text in many if count)


def _points(score: float) -> str:
    return f"{formatting.number(score, 0)} of 100"


def _often(item: Finding) -> str:
    text = _VERDICTS[item.verdict]
    return text if item.times < 2 else f"{text}, {formatting.count(item.times, 'time', 'times')}"


def _cap(card: Scorecard, index: int) -> str:
    cap = card.caps[index]
    return f"Held at {formatting.number(cap.cap, 0)}: {_sentence(cap.why)}"


def _named(name: str, version: str) -> str:
    return formatting.clean(f"{name}, version {version}")


def _sentence(text: str) -> str:
    """A reason as a sentence."""
    text = formatting.clean(text)
    text = text[:1].upper() + text[1:]
    return f"{text}." if text and text[-1] not in ".!?" else text
