"""Words of a call: every party's clips through the engine, and second tries where words are lost.

Engines only see clips of one voice (:mod:`callcoach.speech.clips`); what is kept of them is
decided by structure alone (:mod:`callcoach.speech.takes`); what was doubtful or gave no words is
tried again (:mod:`callcoach.speech.retries`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from callcoach.config.speech import SpeechConfig
from callcoach.model.recording import Audio
from callcoach.model.speech import Activity, DroppedWord, Word
from callcoach.model.timeline import Span, merged
from callcoach.speech.heard import Engine
from callcoach.speech.languages import ENGLISH, PartyLanguage
from callcoach.speech.retries import RetryJob, again, found_words, takes
from callcoach.speech.seams import really_lost, without_doubles


@dataclass(frozen=True)
class Transcript:
    """The words of all parties in order of time, and those that were not kept."""

    words: tuple[Word, ...]
    dropped: tuple[DroppedWord, ...]


def transcribe(
    audio: Audio,
    activities: Sequence[Activity],
    engine: Engine,
    config: SpeechConfig,
    languages: Sequence[PartyLanguage] = (),
    shared: bool = False,
) -> Transcript:
    """Transcribe the speech of every party.

    Parameters
    ----------
    audio
        The recording, with a row of sound for each party.
    activities
        Speech of each party, in the order of the rows.
    engine
        The speech engine. Clips of all parties in one language go to it in one call, so it can
        batch them.
    config
        Packing and filters.
    languages
        What each party speaks; a party that is not named speaks English.
    shared
        Whether all parties are on one channel, so that every row holds the same sound.

    Returns
    -------
    Transcript
        Every kept word lies within its speaker's speech activity.
    """
    jobs = _jobs(audio, activities, languages, shared)
    work = [(job, clip) for job in jobs for clip in job.clips(job.regions, config)]
    tries = again(work, takes(work, engine, config), engine, config)
    words = [word for take in tries for word in take.words]
    dropped = [word for take in tries for word in take.dropped]
    found, unsure = found_words(jobs, words, engine, config)
    heard = [(number, word) for number, take in enumerate(tries) for word in take.words]
    heard += [(len(tries), word) for word in found]
    words, doubles = without_doubles(heard, shared)
    # A copy of a word stays on the list beside the word.
    lost = [*really_lost([*dropped, *unsure], words), *doubles]
    return Transcript(tuple(words), tuple(sorted(lost, key=lambda w: w.start_s)))


def _jobs(
    audio: Audio,
    activities: Sequence[Activity],
    languages: Sequence[PartyLanguage],
    shared: bool,
) -> list[RetryJob]:
    spoken = {language.speaker: language for language in languages}
    jobs: list[RetryJob] = []
    for samples, activity in zip(audio.samples, activities, strict=True):
        language = spoken.get(activity.speaker, PartyLanguage(activity.speaker, ENGLISH))
        others: tuple[Span, ...] = ()
        if shared:
            others = merged(r for a in activities if a is not activity for r in a.regions)
        for code, said in language.parts(activity.regions):
            jobs.append(
                RetryJob(activity.speaker, samples, audio.sample_rate_hz, tuple(said), others, code)
            )
    return jobs
