"""Second tries at what the first left doubtful or without words.

Every try is a plain, repeatable decoding: smaller clips, no phrase twice, more sound around. What
a second try gives is taken only where it is better by the engine's own evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from callcoach.config.speech import SpeechConfig
from callcoach.model.recording import FloatArray
from callcoach.model.speech import DroppedWord, Word
from callcoach.model.timeline import Span, total_s
from callcoach.speech.clips import Clip, pack_clips
from callcoach.speech.coverage import WARN_SHARE, wordless
from callcoach.speech.heard import PLAIN, Decoding, Engine, RecognizedClip, RecognizedWord
from callcoach.speech.languages import WITHOUT_SPACES
from callcoach.speech.takes import LOOP, Take, take_of

SMALL_CLIP_S = 8.0
"""Longest clip of a second try: one or a few pieces. A loop then costs seconds at most."""

NO_PHRASE_TWICE = Decoding(no_repeat_ngram=3)
"""For a small clip that loops still: three tokens are the shortest phrase that Whisper's loops
consist of apart from single words, and those it leaves."""

AGAIN_S = 1.0
"""Speech without words of this length is tried again, shorter stretches only where words are
missing from more than a small part of the party's speech. On two real calls and the mono sum of
one, a second try at 15 stretches of 0.5 to 0.8 s found two words that were sure, in a sixth more
time."""

AROUND_S = 0.3
"""Sound on either side of speech without words in its second try. With 0.5 s or more Whisper hears
the neighbours too, and gives short words ("no") the time of the pause."""

INSIDE_S = 0.2
"""A word that reaches this far into the speech was said there: Whisper lets the first word after a
pause begin too early."""

MIN_LOGPROB = -0.8
"""Least mean log probability of a second try at speech that gave no words at first."""

MIN_PROBABILITY = 0.4
"""Least mean probability of the words that such a try adds."""

MAX_NO_SPEECH = 0.6
"""Most no-speech probability of such a try; Whisper's own limit, here without an excuse."""

GAVE_NO_WORDS = "too unsure after a second try"


@dataclass(frozen=True)
class RetryJob:
    """One party's speech in one language.

    ``samples`` is its channel at ``rate_hz``, ``regions`` the speech, ``others`` that of others on
    the same channel; ``code`` is Whisper's code of the language.
    """

    speaker: str
    samples: FloatArray
    rate_hz: int
    regions: tuple[Span, ...]
    others: tuple[Span, ...]
    code: str

    def clips(self, regions: Sequence[Span], config: SpeechConfig) -> tuple[Clip, ...]:
        """Some of the speech, packed."""
        return pack_clips(
            self.speaker, self.samples, self.rate_hz, regions, config, others=self.others
        )


Work = Sequence[tuple[RetryJob, Clip]]


def takes(
    work: Work, engine: Engine, config: SpeechConfig, decoding: Decoding = PLAIN
) -> list[Take]:
    """One try at each clip."""
    return [
        take_of(clip, heard, job.regions, config, job.code)
        for (job, clip), heard in zip(work, _heard(work, engine, decoding), strict=True)
    ]


def _heard(work: Work, engine: Engine, decoding: Decoding = PLAIN) -> list[RecognizedClip]:
    """What the engine hears in each clip in its language; those of one language go together."""
    heard: dict[int, RecognizedClip] = {}
    for code in dict.fromkeys(job.code for job, _ in work):
        places = [i for i, (job, _) in enumerate(work) if job.code == code]
        sounds = [work[i][1].samples for i in places]
        if decoding == PLAIN:
            results = engine.transcribe(sounds, code)
        else:
            results = engine.transcribe(sounds, code, decoding)
        heard.update(zip(places, results, strict=True))
    return [heard[i] for i in range(len(work))]


# ------------------------------------------------------------------------------- doubtful clips


def again(work: Work, first: Sequence[Take], engine: Engine, config: SpeechConfig) -> list[Take]:
    """The takes; in place of each that was in doubt, those of a second try in smaller clips."""
    small = config.model_copy(update={"clip_s": min(config.clip_s, SMALL_CLIP_S)})
    places: list[int] = []
    parts: list[tuple[RetryJob, Clip]] = []
    for place, ((job, clip), take) in enumerate(zip(work, first, strict=True)):
        if take.doubt is None:
            continue
        for part in job.clips([p.source for p in clip.speech(job.regions)], small):
            places.append(place)
            parts.append((job, part))
    second = _without_loops(parts, takes(parts, engine, config), engine, config)
    tries: dict[int, list[tuple[RetryJob, Clip, Take]]] = {}
    for place, (job, part), take in zip(places, parts, second, strict=True):
        tries.setdefault(place, []).append((job, part, take))
    result: list[Take] = []
    for place, take in enumerate(first):
        result += _better(take, tries[place]) if place in tries else [take]
    return result


def _without_loops(
    parts: Work, second: Sequence[Take], engine: Engine, config: SpeechConfig
) -> list[Take]:
    """The takes; those with a loop decoded once more with no phrase twice."""
    result = list(second)
    looping = [i for i, take in enumerate(second) if take.looped]
    third = takes([parts[i] for i in looping], engine, config, NO_PHRASE_TWICE)
    for i, take in zip(looping, third, strict=True):
        if take.doubt is None and take.avg_logprob >= config.min_avg_logprob:
            result[i] = replace(take, dropped=second[i].dropped + take.dropped)
    return result


def _better(first: Take, tries: Sequence[tuple[RetryJob, Clip, Take]]) -> list[Take]:
    """What stays of a doubtful take and of the second try at each small clip of it.

    Where the first try had words on all of the speech beside a loop, they stay: it knew what was
    said before and after. So does what is left of it where the second try is no better.
    """
    result = [replace(first, words=())]  # what it dropped stays dropped
    for job, part, take in tries:
        speech = [piece.source for piece in part.speech(job.regions)]
        own = tuple(w for w in first.words if any(s.contains(w.middle_s) for s in speech))
        whole = first.looped and not wordless(speech, own)
        no_better = first.doubt == LOOP and (take.doubt is not None or not take.words)
        if own and (whole or no_better):
            result.append(replace(take, words=own, dropped=()))
            continue
        unkept = tuple(_unkept(word, first.doubt or LOOP) for word in own)
        result.append(replace(take, dropped=take.dropped + unkept))
    return result


def _unkept(word: Word, reason: str) -> DroppedWord:
    return DroppedWord(word.start_s, word.end_s, word.speaker, word.text, reason)


# -------------------------------------------------------------------------- speech without words


def found_words(
    jobs: Sequence[RetryJob], words: Sequence[Word], engine: Engine, config: SpeechConfig
) -> tuple[list[Word], list[DroppedWord]]:
    """A second try at speech without words, each stretch alone with more sound around.

    Returns
    -------
    tuple
        Words to add, and those that were too unsure.
    """
    wide = config.model_copy(
        update={"clip_pad_s": AROUND_S, "clip_s": min(config.clip_s, SMALL_CLIP_S)}
    )
    work: list[tuple[RetryJob, Clip]] = []
    for job in jobs:
        lost = wordless(job.regions, [word for word in words if word.speaker == job.speaker])
        if total_s(lost) <= WARN_SHARE * total_s(job.regions):
            lost = tuple(stretch for stretch in lost if stretch.duration_s >= AGAIN_S)
        # Whoever else speaks around it helps to understand; their words are left out again.
        # Each stretch by itself: beside its like, Whisper takes a repeated sentence for one.
        for stretch in lost:
            alone = replace(job, regions=(stretch,), others=())
            work += [(alone, clip) for clip in alone.clips((stretch,), wide)]
    kept: list[Word] = []
    dropped: list[DroppedWord] = []
    for (job, clip), heard in zip(work, _heard(work, engine), strict=True):
        inside_words = _inside(heard, clip, job)
        take = take_of(clip, inside_words, job.regions, config, job.code)
        inside = take.words
        if not inside:
            continue
        mean = sum(word.probability for word in inside) / len(inside)
        sure = (
            take.doubt is None
            and heard.avg_logprob >= MIN_LOGPROB
            and heard.no_speech_prob <= MAX_NO_SPEECH
            and mean >= MIN_PROBABILITY
        )
        if sure:
            kept += inside
        else:
            dropped += [_unkept(word, take.doubt or GAVE_NO_WORDS) for word in inside]
    return kept, dropped


def _inside(heard: RecognizedClip, clip: Clip, job: RetryJob) -> RecognizedClip:
    """The words that lie in the speech and not in the sound around it."""
    speech = [piece.clip_span for piece in clip.speech(job.regions)]
    unspaced = job.code in WITHOUT_SPACES
    words: list[RecognizedWord] = []
    kept = False
    for place, word in enumerate(heard.words):
        # What has no space before it goes on the word before, in languages with spaces.
        if unspaced or word.text[:1].isspace() or place == 0:
            shared_s = max((word.overlap_s(span) for span in speech), default=0.0)
            kept = shared_s > min(word.duration_s / 2, INSIDE_S)
        if kept:
            words.append(word)
    return replace(heard, words=tuple(words))
