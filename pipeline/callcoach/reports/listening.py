"""Room to speak, in words: who talked how much, how answers and waits went, what to listen to."""

from __future__ import annotations

from dataclasses import dataclass

from callcoach.call import CallAnalysis, Role, Silence, SilenceKind, Turn
from callcoach.floor import Listening, PartyListening
from callcoach.reports import wording
from callcoach.reports.facts import parties_of, reason_for
from callcoach.reports.quotes import play_of
from callcoach.reports.transcript import Line, anchor_of
from callcoach.timeline import Span


@dataclass(frozen=True)
class RoomCell:
    """What one party did: the value, ``None`` where it was not measured, and a note."""

    party: str
    value: str | None
    note: str


@dataclass(frozen=True)
class RoomRow:
    """One measure, with what it means and a cell for each party."""

    name: str
    meaning: str
    cells: tuple[RoomCell, ...]


@dataclass(frozen=True)
class RoomMoment:
    """A moment to hear. ``turn`` is the anchor of its line in the transcript."""

    time: str
    length: str
    what: str
    turn: str | None
    play: str


@dataclass(frozen=True)
class RoomPart:
    """The section of a report; ``reason`` says why there is none."""

    rows: tuple[RoomRow, ...]
    no_rows: str
    waits: tuple[str, ...]
    moments: tuple[RoomMoment, ...]
    reason: str | None


def room_part(analysis: CallAnalysis, lines: tuple[Line, ...], names: dict[str, str]) -> RoomPart:
    """Room to speak in a call. ``lines`` are the transcript's, ``names`` the parties'."""
    listening = analysis.listening
    if listening is None:
        return RoomPart((), "", (), (), wording.clean(reason_for(analysis, "listening")))
    reasons = {item.measure: item.reason for item in listening.unmeasured}
    return RoomPart(
        rows=_rows(analysis, listening, names),
        no_rows=wording.clean(reasons.get("parties", "")),
        waits=_waits(listening),
        moments=_moments(analysis, listening, lines, names),
        reason=None,
    )


def wait_words(silence: Silence) -> str:
    """A silence, and whether it was announced: ``Long silence, announced before``."""
    what = wording.SILENCE_WORDS[silence.kind]
    if silence.announced is None:
        return what
    return f"{what}, {'announced before' if silence.announced else 'nobody said why'}"


def _rows(
    analysis: CallAnalysis, listening: Listening, names: dict[str, str]
) -> tuple[RoomRow, ...]:
    parties = [
        (names[party.id], item)
        for party in parties_of(analysis)
        if (item := listening.party(party.id)) is not None
    ]
    if not parties:
        return ()
    columns = (
        ("Share of all speech", "the party's seconds of speech against those of both", _share),
        (
            "Time until the answer",
            "from the end of the other's turn; below 0: the answer began before that end",
            _answers,
        ),
        (
            "Longest time speaking",
            "short sounds of the other, such as “mm-hm”, do not end it",
            _longest,
        ),
        (
            "Longer turns left whole",
            "the other did not come in and take over",
            _uncut,
        ),
    )
    rows = tuple(
        RoomRow(name, meaning, tuple(cell(who, item) for who, item in parties))
        for name, meaning, cell in columns
    )
    return (rows[0], _with_words(analysis, names), *rows[1:])


def _with_words(analysis: CallAnalysis, names: dict[str, str]) -> RoomRow:
    """How much of each party's speech has words."""
    cells = []
    for party in parties_of(analysis):
        if analysis.listening is None or analysis.listening.party(party.id) is None:
            continue
        if party.wordless_s is None or party.speech_s <= 0:
            note = "no speech" if party.speech_s <= 0 else "not measured"
            cells.append(RoomCell(names[party.id], None, note))
            continue
        share = max(0.0, 1 - party.wordless_s / party.speech_s)
        note = "of this speech"
        if party.wordless_s > 0:
            note += f"; {wording.seconds(party.wordless_s)} have none"
        cells.append(RoomCell(names[party.id], wording.percent(share), note))
    meaning = "where words are missing, nothing is said about what was meant there"
    return RoomRow("Speech with words", meaning, tuple(cells))


def _share(who: str, item: PartyListening) -> RoomCell:
    if item.speech_share is None:
        return RoomCell(who, None, "no speech")
    return RoomCell(
        who, wording.percent(item.speech_share), f"{wording.length(item.speech_s)} of speech"
    )


def _answers(who: str, item: PartyListening) -> RoomCell:
    median, low, high = item.answer_median_s, item.answer_p10_s, item.answer_p90_s
    if median is None or low is None or high is None:
        return RoomCell(who, None, _reason(item, "answers"))
    return RoomCell(
        who,
        wording.seconds(median),
        f"in the middle; eight of ten from {wording.seconds(low)} to {wording.seconds(high)}; "
        f"{wording.count(item.answers, 'answer', 'answers')}",
    )


def _longest(who: str, item: PartyListening) -> RoomCell:
    if item.longest is None:
        return RoomCell(who, None, "no speech")
    return RoomCell(
        who,
        wording.length(item.longest.duration_s),
        f"from {wording.clock(item.longest.start_s)}",
    )


def _uncut(who: str, item: PartyListening) -> RoomCell:
    if item.cut is None:
        return RoomCell(who, None, _reason(item, "cut"))
    if not item.long_turns:
        return RoomCell(who, None, _reason(item, "uncut_share"))
    left = item.long_turns - len(item.cut)
    return RoomCell(who, f"{left} of {item.long_turns}", "")


def _reason(item: PartyListening, measure: str) -> str:
    reasons = {known.measure: known.reason for known in item.unmeasured}
    return wording.clean(reasons.get(measure, "no reason given"))


def _waits(listening: Listening) -> tuple[str, ...]:
    texts = []
    if not listening.dead_airs:
        texts.append("There was no long silence.")
    else:
        many = wording.count(listening.dead_airs, "long silence", "long silences")
        texts.append(f"{many}, together {wording.length(listening.dead_air_s)}.")
        if listening.announced is not None and listening.unexplained is not None:
            texts.append(
                "Announced before, such as “one moment”: "
                f"{_of_them(listening.announced, listening.announced_s)}. Without a word about it: "
                f"{_of_them(listening.unexplained, listening.unexplained_s)}."
            )
    if listening.holds:
        many = wording.count(listening.holds, "time", "times")
        texts.append(f"On hold {many}, together {wording.length(listening.hold_s)}.")
    return tuple(texts)


def _of_them(many: int, together_s: float | None) -> str:
    return f"{many}, {wording.length(together_s or 0.0)}" if many else "none"


def _moments(
    analysis: CallAnalysis, listening: Listening, lines: tuple[Line, ...], names: dict[str, str]
) -> tuple[RoomMoment, ...]:
    """What to hear, in order of time: the agent's side where the roles are known."""
    roles = {party.id: party.role for party in analysis.call.parties}
    found: list[tuple[Span, str, str | None]] = []
    for item in listening.parties:
        who = names[item.speaker]
        role = roles.get(item.speaker, Role.UNKNOWN)
        if item.longest is not None and role is not Role.CUSTOMER:
            anchor = anchor_of(item.speaker, item.longest, analysis.turns, lines)
            found.append((item.longest, f"Longest time in which {who} spoke", anchor))
        if role is not Role.AGENT:
            found += [
                (
                    cut,
                    f"{who} was speaking; the other came in and took over",
                    anchor_of(item.speaker, cut, analysis.turns, lines),
                )
                for cut in item.cut or ()
            ]
    found += [
        (silence, wait_words(silence), _anchor_before(silence, analysis.turns, lines))
        for silence in analysis.silences
        if silence.kind is SilenceKind.DEAD_AIR and silence.announced is False
    ]
    return tuple(
        RoomMoment(
            wording.clock(span.start_s),
            wording.seconds(span.duration_s),
            what,
            anchor,
            play_of(span.start_s, span.end_s),
        )
        for span, what, anchor in sorted(found, key=lambda f: (f[0].start_s, f[1]))
    )


def _anchor_before(silence: Span, turns: tuple[Turn, ...], lines: tuple[Line, ...]) -> str | None:
    """The line of the last turn before a silence."""
    before = [turn for turn in turns if turn.start_s < silence.start_s]
    if not before:
        return None
    last = max(before, key=lambda turn: turn.end_s)
    return anchor_of(last.speaker, last, turns, lines)
