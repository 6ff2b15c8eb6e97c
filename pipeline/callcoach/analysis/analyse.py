"""One call through the whole flow: recording in, :class:`CallAnalysis` out."""

from __future__ import annotations

import dataclasses
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata

from callcoach import __version__
from callcoach.analysis.agent_naming import NAMED, roles_told
from callcoach.analysis.interpretation import SHARED_CHANNEL, interpreted
from callcoach.analysis.models import Models
from callcoach.analysis.parties import (
    EVERYONE,
    parties_of,
    renamed_activities,
    renamed_languages,
    renamed_transcript,
    role_names,
    role_warnings,
    split_voices,
    spoken_parties,
    voice_warnings,
    with_rows,
)
from callcoach.analysis.stages import PLAIN, Stages
from callcoach.analysis.trust import with_trust
from callcoach.audio.activity import detect_activity
from callcoach.audio.diarize import Diarization, SpeakerEncoder
from callcoach.audio.doubt import doubt_warnings, doubtful
from callcoach.audio.health import check_audio, health_warnings, with_crosstalk
from callcoach.audio.holds import HoldSound, find_holds
from callcoach.audio.level import clearest_channel
from callcoach.audio.lone_voice import is_lone_voice
from callcoach.audio.marking import as_marked
from callcoach.audio.speaker_change import change_warnings, speaker_changes
from callcoach.audio.two_files import decode_call
from callcoach.audio.waveform import waveforms
from callcoach.config.config import Config
from callcoach.dialogue.alike import alike_warnings
from callcoach.dialogue.answering_machine import machine_warnings
from callcoach.dialogue.english import english_turns, english_words, quoted
from callcoach.dialogue.listening import measure_listening
from callcoach.dialogue.overlaps import find_overlaps
from callcoach.dialogue.role_evidence import contradiction, roles_of, words_on_roles
from callcoach.dialogue.roles import sure_enough
from callcoach.dialogue.silences import find_silences
from callcoach.dialogue.turns import build_turns, inter_pausal_units
from callcoach.model.agent_statement import AgentStatement
from callcoach.model.analysis import CallAnalysis, CallInfo, PackageVersion, Provenance
from callcoach.model.interaction import OverlapEvent
from callcoach.model.party import Role, Side
from callcoach.model.recording import Audio, Recording
from callcoach.model.speech import Activity, SpeakerChange
from callcoach.model.unmeasured import PHRASE_BOOK, Unmeasured
from callcoach.model.voice import VoiceMeasures
from callcoach.privacy.names_model import name_finder
from callcoach.privacy.redaction import redact
from callcoach.speech.coverage import missing_warnings, missing_words, with_wordless
from callcoach.speech.hearing import hear_languages, language_warnings, phrase_book_reason
from callcoach.speech.languages import Languages
from callcoach.speech.transcribe import Transcript, transcribe
from callcoach.voice.measures import CallVoice, measure_voice, unmeasured_voice

ALIKE = "the voices on the one channel are not told apart well enough"

VOICE_SECTIONS = (
    "turns", "pitch", "level", "rate", "effort", "baseline", "calmness", "stretches",
)  # fmt: skip
"""The settings that the measures of a voice depend on, beside what was heard."""

_PACKAGES = (
    "numpy",
    "soxr",
    "soundfile",
    "av",
    "onnxruntime",
    "silero-vad",
    "swift-f0",
    "pysyllables",
    "librosa",
    "scipy",
    "torch",
    "ctranslate2",
    "faster-whisper",
    "openai-whisper",
    "sentence-transformers",
    "scikit-learn",
    "wordfreq",
    "faker",
)


@dataclass(frozen=True)
class _Sound:
    """What is heard in a recording before any word is known.

    ``spoken`` is the speech on each channel, ``voices`` whose it is, ``changes`` where another
    person goes on; ``None`` where that was not looked for.
    """

    spoken: tuple[Activity, ...]
    voices: Diarization
    holds: tuple[HoldSound, ...]
    changes: tuple[SpeakerChange, ...] | None


@dataclass(frozen=True)
class _Measured:
    """The voices of a call, measured."""

    voice: tuple[VoiceMeasures, ...]


def analyse(
    recording: Recording,
    models: Models,
    config: Config,
    stages: Stages = PLAIN,
    unredacted: Callable[[CallAnalysis], None] | None = None,
    told: AgentStatement | None = None,
) -> CallAnalysis:
    """Analyse one call.

    The same recording, models and configuration give an equal result, whatever runs beside it,
    and whichever stages are taken from an earlier analysis.

    Parameters
    ----------
    recording
        The call.
    models
        Loaded models.
    config
        Settings.
    stages
        Carries the stages out.
    unredacted
        Called with the analysis as it was before anything private was hidden.
    told
        What a person said of who is who in this recording; it counts more than all else.

    Raises
    ------
    CallCoachError
        If the recording cannot be used; the message says why and what to do.
    """
    joined = stages.run("decode", lambda: decode_call(recording, config.audio))
    audio = joined.audio
    health = check_audio(audio, config.audio)
    if is_lone_voice(audio, health, models.detector, models.encoder, config):
        health = dataclasses.replace(health, identical_channels=False)
    mono = audio.channels == 1 or health.identical_channels
    samples = clearest_channel(audio, config.audio) if mono else audio.samples
    heard = dataclasses.replace(audio, samples=samples)
    agent_side = recording.agent_side or _configured_side(config)
    names = _speaker_names(mono, agent_side)
    offset_s = None if recording.second is None else recording.second.offset_s
    source = (audio.sha256, offset_s, audio.codec, config.audio, mono)

    def hear() -> _Sound:
        spoken = detect_activity(heard, names, models.detector, config.activity)
        voices = Diarization(spoken, None, True)
        if mono:
            voices = split_voices(heard, spoken[0], models.encoder, config)
        holds = find_holds(samples, heard.sample_rate_hz, spoken, config.holds)
        changes = None
        if not mono and models.encoder is not None and config.diarize.on:
            changes = _changes(heard, spoken, models.encoder)
        return _Sound(spoken, voices, holds, changes)

    sound = stages.keep(
        "sound",
        _Sound,
        hear,
        inputs=(
            *source,
            names,
            config.activity,
            config.diarize,
            config.holds,
            models.of("speech activity", "telling voices apart"),
        ),
    )
    spoken, voices = sound.spoken, sound.voices
    health = with_crosstalk(health, spoken)
    if mono:
        heard = with_rows(heard, len(voices.activities))
    own = activities = voices.activities
    if mono:
        activities = as_marked(own, audio.duration_s, config.activity.shared_pause_s)
    doubt = doubtful(spoken, sound.holds)
    engine = (models.engine.name, models.engine.model)
    languages = stages.keep(
        "spoken",
        Languages,
        lambda: hear_languages(heard, activities, models.engine, config.speech),
        inputs=(*source, activities, config.speech, *engine),
    )
    transcript = stages.keep(
        "words",
        Transcript,
        lambda: transcribe(
            heard, activities, models.engine, config.speech, languages.parties, shared=mono
        ),
        inputs=(*source, activities, config.speech, *engine, languages),
        words=True,
    )
    known = agent_side is not None and not mono
    english = dataclasses.replace(transcript, words=english_words(transcript.words, languages))
    said_of_roles = words_on_roles(english, activities, config)
    heard_before = told is not None and told.source_sha256 == audio.sha256
    person = told.names(activities) if told and heard_before else None
    guess = None if known or person else sure_enough(said_of_roles, config.roles)
    roles = roles_of(known, guess, said_of_roles)
    if person and told:
        roles = roles_told(told, roles)
    if new_names := person or (role_names(guess) if guess else None):
        activities = renamed_activities(activities, new_names)
        own = renamed_activities(own, new_names)
        transcript = renamed_transcript(transcript, new_names)
        languages = renamed_languages(languages, new_names)
    no_book = phrase_book_reason(languages)
    units = inter_pausal_units(activities, config.turns)
    turns = build_turns(units, transcript.words, config.turns)
    # What words mean is told in English only: in other languages the times alone count.
    english_only = english_turns(turns, languages)
    overlaps: tuple[OverlapEvent, ...] | None = None
    if not mono:
        overlaps = find_overlaps(
            units,
            turns,
            english_words(transcript.words, languages),
            config.overlaps,
            snr_db={activity.speaker: activity.snr_db for activity in activities},
        )
        overlaps = quoted(overlaps, units, transcript.words)
    silences = find_silences(
        units,
        audio.duration_s,
        config.silences,
        config.turns,
        words=transcript.words if no_book is None else (),
        holds=sound.holds,
        doubt=doubt,
    )
    listening = measure_listening(
        activities,
        english_only,
        overlaps,
        silences,
        audio.duration_s,
        config.listening,
        config.overlaps,
        doubt,
        no_book,
    )
    calls = tuple(
        CallVoice(activity, turns, transcript.words, languages.of(activity.speaker))
        for activity in own
    )
    reason = _why_unmeasured(mono, voices)
    voice = stages.keep(
        "voice",
        _Measured,
        lambda: _Measured(_voice(heard, calls, reason, models, config)),
        inputs=(
            *source,
            calls,
            reason,
            *(getattr(config, section) for section in VOICE_SECTIONS),
            models.tracker.model,
        ),
    ).voice
    # What has no words is asked of the speech as it was heard, not of the pauses in it.
    missing = missing_words(own, transcript.words)
    parties = spoken_parties(
        with_wordless(parties_of(activities, mono, audio.duration_s), missing), languages
    )
    told_apart = mono and len(activities) > 1
    warnings = health_warnings(audio, health, spoken, config.audio, told_apart=told_apart)
    if mono:
        warnings += voice_warnings(voices, models.encoder, config)
    else:
        warnings += alike_warnings(transcript.words, activities)
    warnings += doubt_warnings(doubt)
    machine = machine_warnings(english_only, sound.holds)
    if person and told and told.agent:
        warnings += (NAMED,)
    elif not machine:  # a call that is not scored needs nobody named
        warnings += role_warnings(mono, known and not person, guess, activities)
        warnings += contradiction(roles)
    warnings += (*joined.warnings, *recording.notes)
    warnings += language_warnings(languages)
    warnings += missing_warnings(parties, missing)
    warnings += machine
    warnings += change_warnings(sound.changes or ())
    analysis = CallAnalysis(
        call=CallInfo(
            id=recording.call_id,
            agent_id=recording.agent_id,
            started_at=recording.started_at,
            duration_s=audio.duration_s,
            source_name=recording.source_name,
            source_sha256=audio.sha256,
            channels=audio.channels,
            sample_rate_hz=audio.source_rate_hz,
            codec=audio.codec,
            mono=mono,
            parties=parties,
            metadata=recording.metadata,
        ),
        health=health,
        words=transcript.words,
        turns=turns,
        overlaps=overlaps,
        silences=silences,
        activity=tuple(sorted((r for a in activities for r in a.regions), key=lambda r: r.start_s)),
        voice=voice,
        dropped_words=transcript.dropped,
        warnings=warnings,
        provenance=_provenance(models, config),
        listening=listening,
        unsure=doubt,
        waveform=waveforms(heard, activities, config.waveform, shared=mono),
        unmeasured=_unmeasured(mono, no_book),
        roles=roles,
        speaker_changes=sound.changes,
    )
    analysis = interpreted(analysis, models.matcher, config, stages)
    analysis = with_trust(analysis, config.measures)
    if unredacted is not None:
        unredacted(analysis)
    finder = name_finder(config.redaction)
    hidden = stages.run("redaction", lambda: redact(analysis, config.redaction, finder))
    return with_trust(hidden, config.measures)


def _configured_side(config: Config) -> Side | None:
    return None if config.channels.agent == "unknown" else Side(config.channels.agent)


def _speaker_names(mono: bool, agent_side: Side | None) -> tuple[str, ...]:
    if mono:
        return (EVERYONE,)
    if agent_side is None:
        return ("speaker_1", "speaker_2")
    names = (Role.AGENT.value, Role.CUSTOMER.value)
    return names if agent_side is Side.LEFT else names[::-1]


def _voice(
    heard: Audio, voices: Sequence[CallVoice], reason: str | None, models: Models, config: Config
) -> tuple[VoiceMeasures, ...]:
    if reason is not None:
        return tuple(unmeasured_voice(voice.activity, reason) for voice in voices)
    return tuple(
        measure_voice(samples, heard.sample_rate_hz, voice, models.tracker, config)
        for samples, voice in zip(heard.samples, voices, strict=True)
    )


def _why_unmeasured(mono: bool, voices: Diarization) -> str | None:
    """Why the voices of a call cannot be measured, ``None`` where they can."""
    if mono and len(voices.activities) == 1:
        return SHARED_CHANNEL
    return None if voices.sure else ALIKE


def _changes(
    heard: Audio, spoken: Sequence[Activity], encoder: SpeakerEncoder
) -> tuple[SpeakerChange, ...]:
    """Where another person goes on speaking, by channel."""
    return tuple(
        change
        for samples, activity, side in zip(heard.samples, spoken, Side, strict=True)
        for change in speaker_changes(samples, heard.sample_rate_hz, activity, side, encoder)
    )


def _unmeasured(mono: bool, no_book: str | None) -> tuple[Unmeasured, ...]:
    reasons = (Unmeasured("overlaps", SHARED_CHANNEL),) if mono else ()
    return reasons if no_book is None else (*reasons, Unmeasured(PHRASE_BOOK, no_book))


def package_versions() -> tuple[PackageVersion, ...]:
    """Python and the packages that decide a result, models inside packages included."""
    own = PackageVersion("python", platform.python_version())
    return (own, *(PackageVersion(name, metadata.version(name)) for name in _PACKAGES))


def _provenance(models: Models, config: Config) -> Provenance:
    return Provenance(
        callcoach=__version__,
        config_sha256=config.sha256,
        engine=models.engine.name,
        models=models.used,
        packages=package_versions(),
    )
