"""Hearing the spoken languages of a call: which clips Whisper is asked about, and who speaks what.

Whisper tells the language of a clip from its first step, without decoding it. With Whisper base,
ten seconds of speech tell as much as thirty on real telephone speech in German, Spanish, French,
Italian and English, also with an Indian accent (the right language led in every one, at 0.84 and
more), for a sixth of the time. What one party speaks says much about the other, so they are judged
together unless each is sure of a language of its own. How sure Whisper is of the words it writes
in a language (the mean log probability) does not help where the language itself is in doubt: tried.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from callcoach.audio.decode import ANALYSIS_RATE_HZ
from callcoach.config.speech import SpeechConfig
from callcoach.model.recording import Audio, CallWarning, FloatArray, Severity
from callcoach.model.speech import Activity
from callcoach.speech.clips import Clip, pack_clips
from callcoach.speech.languages import (
    AUTO,
    ENGLISH,
    LanguageGuess,
    LanguageListener,
    Languages,
    PartyLanguage,
    Spoken,
    language_name,
)

SAMPLE_S = 10.0
"""Longest clip that is asked about, in seconds: see above."""

MIN_SPEECH_S = 6.0
"""Less speech than this ("yes", "okay") tells no language of its own, in seconds. Of 160 clips of
real telephone speech and meetings, 3 s of Spanish were once taken for Italian at 0.90; of 6 s and
more the only one heard wrong was a noisy meeting, taken for Welsh at 0.53."""

SURE = 0.8
"""From this probability on, a party speaks a language of its own, or another than before: see
above. Telephone clips of 10 s and more are heard right at 0.84 and more."""

LIKELIER = 2.0
"""Another language is taken where it is this many times likelier than English, which is what the
phrase book is for. Noisy English is within 1.2 times; of the clips of 6 s and more in other
languages, none comes nearer than 40 times."""

UNSURE = 0.5
"""Under this probability English may well be another language: faster-whisper's limit too. For all
other languages the limit is ``SURE``."""

NOT_SPOKEN = frozenset({"la", "sa"})
"""Nobody calls in Latin or Sanskrit: Whisper hears them in unclear French, German and English."""

_WINDOW_S = 30.0  # what Whisper was trained on


@dataclass(frozen=True)
class _Sample:
    """A clip of a party with what was heard in it; ``place`` is its number in the party's talk."""

    place: int
    speech_s: float
    guess: LanguageGuess

    @property
    def sure(self) -> bool:
        return self.speech_s >= MIN_SPEECH_S and self.guess.probability >= SURE


@dataclass(frozen=True)
class _Talk:
    """One party's speech in clips of at most ``SAMPLE_S``, with the samples heard of it."""

    speaker: str
    clips: tuple[Clip, ...]
    samples: tuple[_Sample, ...] = ()

    @property
    def speech_s(self) -> float:
        return sum(sample.speech_s for sample in self.samples)


def hear_languages(
    audio: Audio, activities: Sequence[Activity], engine: LanguageListener, config: SpeechConfig
) -> Languages:
    """Find out what each party speaks.

    Parameters
    ----------
    audio
        The recording.
    activities
        Speech of each channel, in channel order.
    engine
        The speech engine. It is asked about the beginning, the middle and the end of what each
        party says; about longer clips where these leave a doubt, and about more of them where
        they differ.
    config
        The language, where it is given; packing of clips.

    Returns
    -------
    Languages
        English for weights that know no other language.
    """
    speaking = [activity for activity in activities if activity.regions]
    if config.language != AUTO or not engine.multilingual:
        code = ENGLISH if config.language == AUTO else config.language
        return Languages(tuple(PartyLanguage(a.speaker, code) for a in speaking))
    ear, talks = _talks(audio, activities, engine, config, min(SAMPLE_S, config.clip_s), 0.0)
    changes = {talk.speaker: _stretches(talk, ear, audio.duration_s) for talk in talks}
    if any(changes.values()):
        return _changing(talks, changes)
    parties = _settled(talks)
    doubtful = any(sample.guess.probability < SURE for talk in talks for sample in talk.samples)
    if doubtful and any((party.probability or 0.0) < SURE for party in parties):
        _, talks = _talks(audio, activities, engine, config, config.clip_s, _WINDOW_S)
        parties = _settled(talks)
    return Languages(tuple(parties), _unsure(parties, talks))


@dataclass(frozen=True)
class _Ear:
    """The engine, asked about clips that are filled with silence up to ``filled_s``.

    Unclear speech is heard best in Whisper's whole window.
    """

    engine: LanguageListener
    filled_s: float

    def guesses(self, clips: Sequence[FloatArray]) -> list[LanguageGuess]:
        """What is spoken in each clip, of the languages that people speak."""
        length = round(self.filled_s * ANALYSIS_RATE_HZ)
        filled = [np.pad(clip, (0, max(0, length - len(clip)))) for clip in clips]
        return [
            LanguageGuess(tuple(pair for pair in guess.probabilities if pair[0] not in NOT_SPOKEN))
            for guess in self.engine.languages(filled)
        ]


def _talks(
    audio: Audio,
    activities: Sequence[Activity],
    engine: LanguageListener,
    config: SpeechConfig,
    clip_s: float,
    filled_s: float,
) -> tuple[_Ear, list[_Talk]]:
    """What is heard of each party that speaks, in clips of at most ``clip_s``."""
    ear = _Ear(engine, filled_s)
    packing = config.model_copy(update={"clip_s": clip_s})
    talks = []
    for samples, own in zip(audio.samples, activities, strict=True):
        clips = pack_clips(own.speaker, samples, audio.sample_rate_hz, own.regions, packing)
        if clips:
            talks.append(_heard(_Talk(own.speaker, clips), ear))
    return ear, talks


def _heard(talk: _Talk, ear: _Ear) -> _Talk:
    """A party's talk with samples from its beginning, its middle and its end."""
    count = len(talk.clips)
    thirds = (range(count * i // 3, count * (i + 1) // 3) for i in range(3))
    fullest = {max(third, key=lambda i: _speech_s(talk.clips[i])) for third in thirds if third}
    # "Yes" and "okay" tell little, and are left out where there is more.
    enough = {i for i in fullest if _speech_s(talk.clips[i]) >= MIN_SPEECH_S}
    return replace(talk, samples=_sampled(talk.clips, sorted(enough or fullest), ear))


def _sampled(clips: Sequence[Clip], places: Sequence[int], ear: _Ear) -> tuple[_Sample, ...]:
    guesses = ear.guesses([clips[place].samples for place in places])
    return tuple(
        _Sample(place, _speech_s(clips[place]), guess)
        for place, guess in zip(places, guesses, strict=True)
    )


def _speech_s(clip: Clip) -> float:
    return sum(piece.source.duration_s for piece in clip.pieces)


# ------------------------------------------------------------------------------ who speaks what


def _shares(talks: Sequence[_Talk]) -> dict[str, float]:
    """The mean probability of each language over all samples, by their seconds of speech."""
    total_s = sum(talk.speech_s for talk in talks)
    shares: defaultdict[str, float] = defaultdict(float)
    for talk in talks:
        for sample in talk.samples:
            for code, probability in sample.guess.probabilities:
                shares[code] += probability * sample.speech_s / total_s
    return dict(shares)


def _likeliest(shares: Mapping[str, float]) -> str:
    best = max(sorted(shares), key=lambda code: shares[code])
    return ENGLISH if shares.get(ENGLISH, 0.0) * LIKELIER > shares[best] else best


def _settled(talks: Sequence[_Talk]) -> list[PartyLanguage]:
    """Each party's language, and its probability over all parties that speak it."""
    if not talks:
        return []
    common = _likeliest(_shares(talks))
    codes = []
    for talk in talks:
        own = _shares([talk])
        best = _likeliest(own)
        codes.append(best if _is_sure(talk, own[best]) else common)
    result = []
    for talk, code in zip(talks, codes, strict=True):
        alike = [other for other, its in zip(talks, codes, strict=True) if its == code]
        result.append(PartyLanguage(talk.speaker, code, round(_shares(alike)[code], 4)))
    return result


def _is_sure(talk: _Talk, probability: float) -> bool:
    return talk.speech_s >= MIN_SPEECH_S and probability >= SURE


def _unsure(parties: Sequence[PartyLanguage], talks: Sequence[_Talk]) -> bool:
    """Whether a language may well be another: an even chance, or next to no speech.

    Another language than English must be sure: unclear English, and languages that Whisper hardly
    knows, are heard as any at all.
    """
    short = sum(talk.speech_s for talk in talks) < MIN_SPEECH_S
    return any(
        (party.probability or 0.0) < (UNSURE if party.code == ENGLISH and not short else SURE)
        for party in parties
    )


# -------------------------------------------------------------------------- changes of language


def _changing(talks: Sequence[_Talk], changes: Mapping[str, tuple[Spoken, ...]]) -> Languages:
    """The languages of a call in which at least one party changes its own.

    A party that is not sure of any language of its own goes along with the one that changes.
    """
    longest = max((t for t in talks if changes[t.speaker]), key=lambda t: t.speech_s)
    parties = []
    for talk in talks:
        own = _shares([talk])
        best = _likeliest(own)
        alone = not changes[talk.speaker] and _is_sure(talk, own[best])
        if alone:
            parties.append(PartyLanguage(talk.speaker, best, round(own[best], 4)))
            continue
        stretches = changes[talk.speaker] or changes[longest.speaker]
        heard = talk if changes[talk.speaker] else longest
        code = _most_spoken(talk, stretches)
        of_it = [s for s in heard.samples if s.sure and s.guess.code == code]
        speech_s = sum(sample.speech_s for sample in of_it)
        mean = sum(s.guess.probability * s.speech_s for s in of_it) / speech_s if of_it else None
        probability = None if mean is None else round(mean, 4)
        parties.append(PartyLanguage(talk.speaker, code, probability, stretches))
    return Languages(tuple(parties))


def _most_spoken(talk: _Talk, stretches: Sequence[Spoken]) -> str:
    spoken: defaultdict[str, float] = defaultdict(float)
    for clip in talk.clips:
        for piece in clip.pieces:
            middle_s = piece.source.middle_s
            at = next((s for s in stretches if middle_s < s.end_s), stretches[-1])
            spoken[at.code] += piece.source.duration_s
    return max(sorted(spoken), key=lambda code: spoken[code])


def _stretches(talk: _Talk, ear: _Ear, end_s: float) -> tuple[Spoken, ...]:
    """What a party speaks when, where it is surely heard in several languages in turn."""
    sure = _confirmed([sample for sample in talk.samples if sample.sure], talk.clips, ear)
    starts = [(0.0, sure[0].guess.code)] if sure else []
    for before, after in itertools.pairwise(sure):
        if before.guess.code != after.guess.code:
            starts.append((_change_s(before, after, talk.clips, ear), after.guess.code))
    if len(starts) < 2:
        return ()
    ends = [start_s for start_s, _ in starts[1:]] + [end_s]
    return tuple(
        Spoken(start_s, stop_s, code) for (start_s, code), stop_s in zip(starts, ends, strict=True)
    )


def _confirmed(samples: Sequence[_Sample], clips: Sequence[Clip], ear: _Ear) -> list[_Sample]:
    """The samples whose language is heard twice, where they differ: music and noise pass."""
    heard = Counter(sample.guess.code for sample in samples)
    if len(heard) < 2:
        return list(samples)
    result = []
    for sample in samples:
        beside = [
            place
            for place in (sample.place + 1, sample.place - 1)
            if 0 <= place < len(clips) and _speech_s(clips[place]) >= MIN_SPEECH_S
        ]
        again = heard[sample.guess.code] > 1 or not beside
        if again or any(
            other.guess.code == sample.guess.code for other in _sampled(clips, beside, ear)
        ):
            result.append(sample)
    return result


def _change_s(before: _Sample, after: _Sample, clips: Sequence[Clip], ear: _Ear) -> float:
    """When the language of ``after`` begins.

    What is between the two is taken to change once. The clip is sought by halves: it belongs to
    whichever of the two languages is likelier in it. Within that clip and the one before it, the
    stretches of speech are parted where the languages fit best.
    """
    old, new = before.guess.code, after.guess.code
    low, high = before.place, after.place
    while high - low > 1:
        middle = (low + high) // 2
        shares = dict(_sampled(clips, [middle], ear)[0].guess.probabilities)
        if shares.get(new, 0.0) > shares.get(old, 0.0):
            high = middle
        else:
            low = middle
    near = [(clip, piece) for clip in (clips[low], clips[high]) for piece in clip.pieces]
    spans = [piece.clip_span for _, piece in near]
    cut = [
        clip.samples[round(span.start_s * ANALYSIS_RATE_HZ) : round(span.end_s * ANALYSIS_RATE_HZ)]
        for (clip, _), span in zip(near, spans, strict=True)
    ]
    fits = []
    for span, guess in zip(spans, ear.guesses(cut), strict=True):
        shares = dict(guess.probabilities)
        fits.append((shares.get(new, 0.0) - shares.get(old, 0.0)) * span.duration_s)
    first = max(range(1, len(fits)), key=lambda at: sum(fits[at:]) - sum(fits[:at]))
    return near[first][1].source.start_s


# ------------------------------------------------------------------------------ what is told


def language_warnings(languages: Languages) -> tuple[CallWarning, ...]:
    """What a reader must know about the languages of a call."""
    warnings = []
    if languages.unsure:
        names = _listed(sorted({language_name(party.code) for party in languages.parties}))
        text = (
            f"It is not sure that {names} is spoken here, so the words may be wrong. If you know "
            'the language, name it under [speech] in the config: language = "en", say.'
        )
        warnings.append(CallWarning("language_unsure", text))
    changes = [
        (after.start_s, before.code, after.code)
        for party in languages.parties
        for before, after in itertools.pairwise(party.stretches)
    ]
    if changes:
        start_s, before, after = min(changes)
        minutes, seconds = divmod(int(start_s), 60)
        text = (
            f"The call changes from {language_name(before)} to {language_name(after)} at about "
            f"{minutes}:{seconds:02d}. Each part is written in its own language."
        )
        warnings.append(CallWarning("language_changes", text))
    elif len(languages.codes) > 1:
        names = _listed(sorted(language_name(code) for code in languages.codes))
        text = f"The people in this call speak different languages: {names}."
        warnings.append(CallWarning("several_languages", text, severity=Severity.NOTE))
    return tuple(warnings)


def phrase_book_reason(languages: Languages) -> str | None:
    """Why the phrase book cannot be used on the words of a call, ``None`` where it can."""
    others = sorted(language_name(code) for code in languages.codes - {ENGLISH})
    if not others:
        return None
    some = "some of " if ENGLISH in languages.codes else ""
    return f"{some}the words are in {_listed(others)}; the phrase book is English"


def _listed(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
