"""Stretches in which nobody speaks, and whether somebody had said that a wait was coming."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from callcoach.config.interaction import SilencesConfig, TurnsConfig
from callcoach.dialogue.turns import Unit
from callcoach.model.interaction import Silence, SilenceKind
from callcoach.model.speech import Word
from callcoach.model.timeline import Span, complement, intersections, merged, total_s
from callcoach.text.phrases import plain


def find_silences(
    units: Sequence[Unit],
    duration_s: float,
    silences: SilencesConfig,
    turns: TurnsConfig,
    *,
    words: Sequence[Word] = (),
    holds: Sequence[Span] = (),
    doubt: Sequence[Span] = (),
) -> tuple[Silence, ...]:
    """Find the silences of a call, in order of time.

    A hold is a silence that hold sounds fill for the most part. Of the others, dead air is a
    silence of at least ``silences.dead_air_s``; of the shorter ones, from ``turns.pause_s`` up, a
    gap lies between two speakers and a pause within one speaker's talk. Before the first and
    after the last word only holds and dead air are listed.

    Where somebody may have spoken unclearly nothing is silent. What such a stretch leaves of a
    silence is dead air where it is long enough by itself, else nothing: nobody knows who spoke
    before or after it. Whether a wait was announced in it is not known either.

    Parameters
    ----------
    units
        Inter-pausal units of all parties, in order of time.
    duration_s
        Length of the recording.
    silences, turns
        Limits on dead air and on pauses, and the phrases that announce a wait.
    words
        What was said. Without words nobody knows whether a wait was announced.
    holds
        Stretches with music, ringing or tones.
    doubt
        Stretches that may be speech, disjoint and in order of time.

    >>> units = [Unit(0.0, 2.0, "agent"), Unit(10.0, 12.0, "customer")]
    >>> (found,) = find_silences(units, 12.0, SilencesConfig(), TurnsConfig())
    >>> found.kind.value, found.start_s, found.end_s
    ('dead_air', 2.0, 10.0)
    """
    found: list[Silence] = []
    music = merged(holds)
    ordered = sorted(words, key=lambda w: (w.start_s, w.end_s))
    for span in complement(units, Span(0.0, duration_s)):
        before = _last_ending(units, span.start_s)
        if total_s(intersections((span,), music)) > silences.hold_share * span.duration_s:
            told = is_announced(span, ordered, silences) if ordered else None
            found.append(Silence(span.start_s, span.end_s, SilenceKind.HOLD, before, told))
            continue
        after = next((u.speaker for u in units if u.start_s >= span.end_s), None)
        for part in complement(doubt, span):
            if part.duration_s >= silences.dead_air_s:
                told = is_announced(part, ordered, silences) if ordered else None
                if part.start_s > span.start_s and not told:
                    told = None
                found.append(Silence(part.start_s, part.end_s, SilenceKind.DEAD_AIR, before, told))
            elif part != span or before is None or after is None or part.duration_s < turns.pause_s:
                continue
            else:
                kind = SilenceKind.PAUSE if before == after else SilenceKind.GAP
                found.append(Silence(part.start_s, part.end_s, kind, before))
    return tuple(found)


def is_announced(silence: Span, words: Sequence[Word], config: SilencesConfig) -> bool:
    """Whether the last words before a silence say that a wait is coming.

    Silences between those words do not count, so a "yes" in the middle of a wait changes
    nothing. ``words`` must be in order of time.
    """
    before = bisect_left(words, silence.start_s, key=lambda w: w.start_s)
    recent = words[max(0, before - config.announce_words) : before]
    said = plain(" ".join(w.text for w in recent)).split()
    over = max((_last_end(said, plain(p).split()) for p in config.wait_over_phrases), default=0)
    heard = said[over:]
    content = [word for word in heard if word not in config.announce_fillers]
    phrases = (plain(phrase).split() for phrase in config.announce_phrases)
    return any(_last_end(heard, phrase) or _last_end(content, phrase) for phrase in phrases)


def _last_end(words: Sequence[str], phrase: Sequence[str]) -> int:
    """Where the last occurrence of the phrase ends, 0 where there is none."""
    length = len(phrase)
    for end in range(len(words), length - 1, -1):
        if length and list(words[end - length : end]) == list(phrase):
            return end
    return 0


def _last_ending(units: Sequence[Unit], at_s: float) -> str | None:
    """Who stopped speaking last before ``at_s``."""
    ended = [u for u in units if u.end_s <= at_s]
    return max(ended, key=lambda u: u.end_s).speaker if ended else None
