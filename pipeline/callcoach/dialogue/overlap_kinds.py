"""The kind of an overlap, and how sure it is.

The kinds follow from who started when and who went on. Words decide more: a burst of listener words
is a backchannel wherever it falls, a burst of other words is none where the words are sure, and a
holder was interrupted only if the sentence was not done. Timing alone cannot tell that: on friendly
telephone talk (Switchboard) most of those who stop under another's talk had said what they wanted
to say, and whoever came in was early, not in the way.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from callcoach.config.interaction import OverlapsConfig
from callcoach.dialogue.clause_ends import is_done
from callcoach.dialogue.overlap_words import (
    consists_of,
    is_bid,
    is_completion,
    is_courtesy,
    is_exclamation,
    is_line_repair,
    plain_words,
)
from callcoach.model.interaction import OverlapKind
from callcoach.model.timeline import Span, total_s

_DIGITS = 6
_LEAST_SURE = 0.5

FLOOR_WINDOW_S = 4.0
"""How far back one looks for who has the floor, in seconds: about a long clause."""

_HAD_FLOOR_S = 1.5
_HAD_FLOOR_SHARE = 0.5
"""Whoever has the floor spoke at least so many seconds of them, or so much of a turn that is
shorter, and more than the other."""

_SHARED_S = 0.2
"""So long both speak at least where one takes over from the other, in seconds: under 0.2 s is
within the error of the times, and half of all overlaps are shorter (Heldner and Edlund 2010)."""

_GOES_ON_S = 0.1
"""So long the incomer goes on after the holder's stop without a pause, in seconds."""


@dataclass(frozen=True)
class Onset:
    """One party starting to speak while the other has the turn.

    ``talk`` is the incomer's turn, or the rest of it after a backchannel; ``bursts`` are its
    inter-pausal units and ``said`` the words of each, where they are sure. ``shared`` are the
    stretches in which both speak. ``holder_said`` is what the holder said up to the end of
    ``held``, ``holder_next`` what comes in the holder's next turn, ``resumed`` whether that goes on
    with the sentence, by marks and capitals. ``late_word`` tells that the holder began the last
    word well after the incomer had come in. ``floor_s`` and ``own_floor_s`` are the seconds that
    holder and incomer spoke in the last ones before the onset. ``goes_on`` tells that the incomer
    soon comes in again and claims the floor. ``snr_db`` is the worse of the two channels', ``None``
    where not known.
    """

    talk: Span
    held: Span
    bursts: tuple[Span, ...]
    shared: tuple[Span, ...]
    said: tuple[tuple[str, ...], ...]
    holder_said: tuple[str, ...]
    holder_next: tuple[str, ...] = ()
    resumed: bool = False
    late_word: bool = False
    floor_s: float = math.inf
    own_floor_s: float = 0.0
    goes_on: bool = False
    snr_db: float | None = None

    @property
    def lead_s(self) -> float:
        """Seconds the holder spoke before the incomer."""
        return _seconds(self.talk.start_s - self.held.start_s)

    @property
    def rest_s(self) -> float:
        """Seconds from the onset to the holder's end."""
        return _seconds(self.held.end_s - self.talk.start_s)

    @property
    def outlast_s(self) -> float:
        """Seconds by which the holder outlasts the incomer; negative where the incomer does."""
        return _seconds(self.held.end_s - self.talk.end_s)

    @property
    def words(self) -> tuple[str, ...]:
        """All that the incomer said."""
        return tuple(word for burst in self.said for word in burst)


@dataclass(frozen=True)
class Judgement:
    """Kind of an overlap, whether the holder gave way, and how sure the kind is (0..1)."""

    kind: OverlapKind
    yielded: bool | None
    confidence: float


def judge(onset: Onset, config: OverlapsConfig) -> Judgement:
    """Tell the kind of an onset.

    The rules are tried in this order; the limits are those of ``config``.

    1. Short bursts of nothing but listener words that the holder outlasts: backchannel.
    2. Both started at once: dual start.
    3. Short bursts without words that can be relied on, while the holder goes on: backchannel.
    4. The holder ends soon after the onset: terminal.
    5. The incomer started in a pause of the holder: unclear, nobody cut in on anybody.
    6. The incomer claims the floor by the length of the turn, or asks for it in words: attempted
       where the holder outlasts them.
    7. The holder stops soon, under a burst of the incomer that both share for a time and that goes
       on after it: interruption, if the holder had had the floor and the sentence was not done by
       its words, or nobody knows any; early answer, if it may have been done; else unclear.

    A holder who stops in mid-sentence within ``terminal_s`` or after ``yield_s`` was cut off all
    the same.
    """
    kind, yielded, margin_s = _kind(onset, config)
    return Judgement(kind, yielded, _confidence(kind, margin_s, onset, config))


def _kind(onset: Onset, config: OverlapsConfig) -> tuple[OverlapKind, bool | None, float]:
    """Kind, whether the holder yielded, and the distance in seconds to the nearest limit."""
    apart_s = _seconds(onset.lead_s - config.dual_start_s)
    short_s = _seconds(config.backchannel_max_s - max(b.duration_s for b in onset.bursts))
    outlasted_s = onset.outlast_s
    listened_s = _seconds(outlasted_s - config.listener_holder_on_s)
    if _is_all_listening(onset, config) and short_s >= 0 and listened_s >= 0:
        return OverlapKind.BACKCHANNEL, False, short_s
    if apart_s <= 0:
        return OverlapKind.DUAL_START, None, -apart_s
    on_s = _seconds(outlasted_s - config.backchannel_holder_on_s)
    wordless = not plain_words(onset.words)
    bid = not wordless and (is_bid(onset.words, config) or onset.goes_on)
    if short_s >= 0 and on_s >= 0 and wordless:
        return OverlapKind.BACKCHANNEL, False, min(apart_s, short_s, on_s)
    yielded = outlasted_s < 0
    claims_s = _seconds(onset.talk.duration_s - config.floor_s)
    late_s = _seconds(onset.rest_s - config.terminal_s)
    broken = mid_sentence(onset, config) is True
    cut_off = broken and _took_over(onset, config)
    if late_s <= 0 and not cut_off:
        return OverlapKind.TERMINAL, None, min(apart_s, -late_s)
    in_pause = _seconds(onset.shared[0].start_s - onset.talk.start_s - config.min_s) > 0
    if in_pause and not cut_off:
        return OverlapKind.UNCLEAR, yielded, 0.0
    if claims_s < 0 and not (bid and short_s >= 0 and on_s >= 0):
        # Too long or too wordy for a listener's sound, too short to claim the floor.
        return OverlapKind.UNCLEAR, yielded, 0.0
    if not yielded:
        by_length_s = min(outlasted_s, claims_s if claims_s >= 0 else on_s)
        return OverlapKind.ATTEMPTED, False, min(apart_s, late_s, by_length_s)
    soon_s = _seconds(config.yield_s - onset.rest_s)
    if soon_s < 0 and not cut_off:
        return OverlapKind.UNCLEAR, True, 0.0
    by_times_s = () if cut_off else (late_s, soon_s)
    margin_s = min(apart_s, claims_s, -outlasted_s, *by_times_s)
    if plain_words(onset.holder_said) and not broken:
        return OverlapKind.EARLY_ANSWER, True, margin_s
    if not _took_over(onset, config):
        return OverlapKind.UNCLEAR, True, 0.0
    return OverlapKind.INTERRUPTION, True, margin_s


def mid_sentence(onset: Onset, config: OverlapsConfig) -> bool | None:
    """Whether a holder who gave the floor away stopped in mid-sentence, by the words.

    ``None`` where the holder did not, or the words do not tell.
    """
    claims = _seconds(onset.talk.duration_s - config.floor_s) >= 0
    if onset.outlast_s >= 0 or not claims:
        return None
    done = is_done(onset.holder_said, onset.late_word)
    if done is None:
        return True if onset.resumed else None
    return not done


def _took_over(onset: Onset, config: OverlapsConfig) -> bool:
    """Whether the incomer took the floor from somebody who had it.

    The holder had it: spoke most of the last seconds, and more than a listener says. The holder
    stopped within a burst of the incomer that was shared for a time and went on after it. And the
    incomer said something that takes the floor: no thanks, no goodbye, no "are you there?".
    """
    least_s = min(_HAD_FLOOR_S, _HAD_FLOOR_SHARE * onset.lead_s)
    had_it = _seconds(onset.floor_s - least_s) >= 0 and (
        _seconds(onset.floor_s - onset.own_floor_s) > 0
    )
    if not had_it or consists_of(onset.holder_said, config.listener_words):
        return False
    stop_s = onset.shared[-1].end_s
    over = [b for b in onset.bursts if b.start_s < stop_s and _seconds(b.end_s - stop_s) >= 0]
    if not over or _seconds(over[-1].end_s - stop_s - _GOES_ON_S) < 0:
        return False
    burst = over[-1]
    if _seconds(sum(span.overlap_s(burst) for span in onset.shared) - _SHARED_S) < 0:
        return False
    said = onset.said[onset.bursts.index(burst)]
    return not (
        consists_of(onset.words, config.listener_words)
        or is_courtesy(said)
        or is_line_repair(said)
        or is_exclamation(onset.words)
        or is_completion(said, onset.holder_next)
    )


def _is_all_listening(onset: Onset, config: OverlapsConfig) -> bool:
    return consists_of(onset.words, config.backchannel_words)


def _confidence(kind: OverlapKind, margin_s: float, onset: Onset, config: OverlapsConfig) -> float:
    """How sure a kind is: by its times (0.5 on a limit, 1 at ``sure_s``), words and noise."""
    if kind is OverlapKind.UNCLEAR:
        margin_s = 0.0
    elif not (kind is OverlapKind.BACKCHANNEL and _is_all_listening(onset, config)):
        # Listener words make a short overlap sure; without them it is near the timing error.
        margin_s = min(margin_s, total_s(onset.shared) - config.min_s)
    by_time = _LEAST_SURE + (1 - _LEAST_SURE) * min(1.0, max(0.0, margin_s) / config.sure_s)
    by_noise = 1.0
    if onset.snr_db is not None:
        by_noise = min(1.0, max(0.0, onset.snr_db / config.sure_snr_db))
    return round(by_time * _by_words(kind, onset, config) * by_noise, 4)


def _by_words(kind: OverlapKind, onset: Onset, config: OverlapsConfig) -> float:
    """1 where the words speak for the kind, less where they say nothing or speak against it."""
    said: Sequence[str] = onset.words
    if kind is OverlapKind.BACKCHANNEL:
        return 1.0 if consists_of(said, config.continuer_words) else config.words_unknown
    if kind in (OverlapKind.INTERRUPTION, OverlapKind.TERMINAL, OverlapKind.EARLY_ANSWER):
        done = is_done(onset.holder_said, onset.late_word)
        if done is not None:
            agrees = done == (kind is not OverlapKind.INTERRUPTION)
            return 1.0 if agrees else config.words_against
        return config.words_unknown
    if kind is OverlapKind.ATTEMPTED:
        return 1.0 if plain_words(said) else config.words_unknown
    return config.words_unknown


def _seconds(value_s: float) -> float:
    """Differences to the microsecond: a limit is met alike wherever in the call it falls."""
    return round(value_s, _DIGITS)
