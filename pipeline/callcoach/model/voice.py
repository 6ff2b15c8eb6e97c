"""The hand-overs about how a voice sounds: measures, what is usual, calmness, composure.

All of it describes delivery, never what a person feels. The same rules as in
:mod:`callcoach.model.analysis`: ``None`` means "not measured" and comes with a reason. Units stand
in the names: ``_st`` semitones, ``_st_s`` semitones per second, ``_db`` decibels, ``_dbov``
decibels relative to full scale, ``_syll_s`` syllables per second, ``_wpm`` words per minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from callcoach.model.timeline import Span, moment_of
from callcoach.model.unmeasured import Unmeasured


class CalmnessPart(StrEnum):
    """What calmness is made of."""

    PITCH = "pitch"  # how high the voice lies
    PITCH_SPREAD = "pitch_spread"  # how wide the pitch ranges
    PITCH_MOVEMENT = "pitch_movement"  # how fast the pitch goes up and down
    RATE = "rate"
    LEVEL = "level"
    EFFORT = "effort"


class StretchKind(StrEnum):
    """A stretch in which a voice left its usual band."""

    RAISED = "raised"  # louder
    HURRIED = "hurried"  # faster
    SLOW = "slow"
    PRESSED = "pressed"  # more vocal effort, whatever the level
    PITCH_UP = "pitch_up"  # higher
    UNSTEADY = "unsteady"  # pitch moves faster
    FLAT = "flat"  # hardly any pitch movement: monotone


class BaselineSource(StrEnum):
    """What a voice is compared with."""

    OWN_CALL = "own_call"  # the rest of this call
    EARLIER_CALLS = "earlier_calls"  # the same agent's earlier calls
    OTHER_CLIPS = "other_clips"  # the same speaker's other clips


@dataclass(frozen=True)
class Baseline:
    """What is usual for a speaker in one measure.

    ``measure`` is the name of a :class:`VoiceStretch` field, ``median`` and ``spread`` (1.4826
    times the median absolute deviation, which for a normal distribution is the SD) are in its
    unit. ``count`` is how many windows, calls or clips stand behind it, by ``source``.
    """

    measure: str
    median: float
    spread: float
    source: BaselineSource
    count: int


@dataclass(frozen=True)
class Contribution:
    """What one part adds to (positive) or takes from (negative) calmness, in points.

    ``value`` and ``usual`` are in the unit of the part's measure.
    """

    part: CalmnessPart
    value: float
    usual: float
    points: float


@dataclass(frozen=True)
class VoiceStretch(Span):
    """Voice measures of one turn or of one window of fixed length (``turn`` is then ``None``).

    ``pitch_median_st`` in semitones above 27.5 Hz; ``pitch_sd_st`` and ``pitch_range_st`` (20th to
    80th percentile) as spreads; ``pitch_slope_st_s`` the straight line through the pitch;
    ``pitch_movement_st_s`` the mean size of its change; ``level_dbov`` the RMS level of own
    speech; ``pauses`` and ``pause_s`` the number and seconds of silences inside a turn (``None``
    in a window); ``effort_db`` the balance of high against low frequencies.
    """

    turn: str | None
    pitch_median_st: float | None
    pitch_sd_st: float | None
    pitch_range_st: float | None
    pitch_slope_st_s: float | None
    pitch_movement_st_s: float | None
    level_dbov: float | None
    rate_syll_s: float | None
    rate_wpm: float | None
    pauses: int | None
    pause_s: float | None
    effort_db: float | None
    calmness: float | None
    contributions: tuple[Contribution, ...]
    speech_s: float
    voiced_s: float
    unmeasured: tuple[Unmeasured, ...] = ()


@dataclass(frozen=True)
class NamedStretch(Span):
    """A stretch in which a voice left its usual band, with the evidence.

    ``value`` is the mean of the measure over the stretch's own speech, ``usual`` the speaker's
    median (``None`` for ``flat``, which is not relative) and ``threshold`` the value that had to be
    passed.
    """

    kind: StretchKind
    measure: str
    value: float
    usual: float | None
    threshold: float


@dataclass(frozen=True)
class VoiceDeparture(Span):
    """Where a voice left its usual by all measures together, for two parts of turns and more.

    ``kind`` is ``raised``, ``hurried`` or ``flat``. ``measures`` are the :class:`VoiceStretch`
    fields that can be heard to have left, ``score`` the mean over the ``parts`` of what all of them
    say together, in standard deviations, ``threshold`` the score that each part had to reach (for
    ``flat``: the pitch spread in st, and what it had to be under).
    """

    kind: StretchKind
    measures: tuple[str, ...]
    score: float
    threshold: float
    parts: tuple[Span, ...]


@dataclass(frozen=True)
class VoiceSupport:
    """How much speech each group of measures stands on."""

    speech_s: float
    voiced_s: float
    rated_s: float
    rated_words: int
    windows: int


@dataclass(frozen=True)
class VoiceMeasures:
    """How one party's voice was, over the whole call.

    Units as in :class:`VoiceStretch`, and: ``pitch_variance_st2`` in squared semitones;
    ``pitch_trend_st_min`` and ``level_trend_db_min`` the drift over the call, per minute;
    ``active_level_dbov`` and ``active_factor`` (0..1) the active speech level and the share of the
    call's length in which the voice is active, after ITU-T P.56; ``pauses`` and ``pause_s`` the
    silences inside the party's turns; ``calmness`` 0..100, the mean over the windows, and
    ``contributions`` its parts. ``support_s`` is the seconds of own speech; ``baseline`` and
    ``usual`` say what calmness and the named ``stretches`` are compared with. ``timeline`` has an
    entry for each turn, ``windows`` one for each window with enough own speech, ``parts`` one for
    each part of a turn with enough of it. ``departures`` are judged by ``parts``.
    """

    speaker: str
    pitch_median_st: float | None
    pitch_sd_st: float | None
    pitch_variance_st2: float | None
    pitch_range_st: float | None
    pitch_movement_st_s: float | None
    pitch_trend_st_min: float | None
    level_dbov: float | None
    active_level_dbov: float | None
    active_factor: float | None
    level_trend_db_min: float | None
    rate_syll_s: float | None
    rate_wpm: float | None
    pauses: int | None
    pause_s: float | None
    effort_db: float | None
    calmness: float | None
    contributions: tuple[Contribution, ...]
    support_s: float
    support: VoiceSupport
    baseline: BaselineSource | None
    usual: tuple[Baseline, ...]
    timeline: tuple[VoiceStretch, ...]
    windows: tuple[VoiceStretch, ...]
    stretches: tuple[NamedStretch, ...]
    unmeasured: tuple[Unmeasured, ...] = ()
    parts: tuple[VoiceStretch, ...] = ()
    departures: tuple[VoiceDeparture, ...] = ()

    def usual_of(self, measure: str) -> Baseline | None:
        """What is usual in a measure, ``None`` where it is not known."""
        return next((item for item in self.usual if item.measure == measure), None)


@dataclass(frozen=True)
class TurnTension(Span):
    """How tense a customer's turn was, 0..1, from the voice and from the words.

    ``tense`` says whether that is enough to count as a tense turn.
    ``voice`` is ``None`` where the turn has too little speech; ``words`` is 0 where none of the
    phrases was said, ``phrases`` are the ones that were.
    """

    turn: str
    tension: float
    tense: bool
    voice: float | None
    words: float
    phrases: tuple[str, ...]


@dataclass(frozen=True)
class VoiceChange:
    """A measure of the agent's turns after tense customer turns, against the other turns.

    ``after`` and ``rest`` are means over own speech in the unit of ``measure``; ``change`` is
    their difference, for ``rate_syll_s`` it is in percent of ``rest``.
    """

    measure: str
    after: float
    rest: float
    change: float


@dataclass(frozen=True)
class Composure:
    """What happened to the agent's voice right after tense customer turns.

    ``tense_turns`` are the customer's, ``agent_turns`` the agent's turns that followed them;
    ``after_s`` and ``rest_s`` the seconds of the agent's speech that are compared.
    """

    tense_turns: tuple[str, ...]
    agent_turns: tuple[str, ...]
    after_s: float
    rest_s: float
    changes: tuple[VoiceChange, ...]


@dataclass(frozen=True)
class PastCall:
    """What was usual in one earlier call of an agent."""

    call_id: str
    started_at: str | None
    usual: tuple[Baseline, ...]


@dataclass(frozen=True)
class History:
    """An agent's earlier calls, in any order."""

    agent_id: str
    calls: tuple[PastCall, ...]

    def before(self, call_id: str, started_at: str | None) -> History:
        """The calls that count as earlier than a call.

        Its own former result never counts, nor does a call that is known to have started later.
        """
        moment = moment_of(started_at)

        def earlier(call: PastCall) -> bool:
            other = moment_of(call.started_at)
            return call.call_id != call_id and (moment is None or other is None or other <= moment)

        return History(self.agent_id, tuple(call for call in self.calls if earlier(call)))
