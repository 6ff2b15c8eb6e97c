"""One call through the whole flow: recording in, :class:`CallAnalysis` out."""

from __future__ import annotations

import dataclasses
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from importlib import metadata

from callcoach import __version__
from callcoach.audio.activity import Detector, detect_activity
from callcoach.audio.decode import decode
from callcoach.audio.diarize import SpeakerEncoder, Voices
from callcoach.audio.health import check_audio, health_warnings, with_crosstalk
from callcoach.audio.holds import HoldSound, find_holds
from callcoach.audio.level import loudest_channel
from callcoach.audio.waveform import waveforms
from callcoach.call import (
    Activity,
    Audio,
    CallAnalysis,
    CallInfo,
    ModelUse,
    OverlapEvent,
    PackageVersion,
    Provenance,
    Recording,
    Role,
    Side,
    Turn,
)
from callcoach.config import Config
from callcoach.delivery import Composure, TurnTension, Unmeasured, VoiceMeasures
from callcoach.dialogue.listening import measure_listening
from callcoach.dialogue.overlaps import find_overlaps
from callcoach.dialogue.phrasebook import Matcher
from callcoach.dialogue.silences import find_silences
from callcoach.dialogue.turns import build_turns, inter_pausal_units
from callcoach.dialogue.unheard import without_unheard
from callcoach.language import Language
from callcoach.parties import (
    EVERYONE,
    parties_of,
    renamed_activities,
    renamed_transcript,
    role_names,
    role_warnings,
    roles_from_words,
    split_voices,
    voice_warnings,
    with_rows,
)
from callcoach.privacy.names_model import name_finder
from callcoach.privacy.redaction import redact
from callcoach.speech.coverage import missing_warnings, missing_words, with_wordless
from callcoach.speech.heard import Engine
from callcoach.speech.transcribe import Transcript, transcribe
from callcoach.stages import PLAIN, Stages
from callcoach.understanding import NO_SENTENCES, understand, utterances_of
from callcoach.voice.baseline import History
from callcoach.voice.comparison import compare
from callcoach.voice.composure import find_composure
from callcoach.voice.measures import CallVoice, measure_voice, unmeasured_voice
from callcoach.voice.tension import turn_tensions
from callcoach.voice.trackers import PitchTracker

SHARED_CHANNEL = "both people share one channel"
ALIKE = "the voices on the one channel are not told apart well enough"
ROLES_UNKNOWN = "it is not known who is the agent and who is the customer"
TOO_FEW_TENSIONS = "too few turns of the customer have a tension"
NOT_SCORED = "the call has not been scored yet"

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
class Models:
    """The models an analysis works with, loaded once per worker.

    ``matcher`` looks for the lines of the phrase book; its ``encoder`` is ``None`` where the
    weights for comparing sentences are not here. The own ``encoder`` is ``None`` where the weights
    for telling voices apart are not.
    """

    engine: Engine
    detector: Detector
    tracker: PitchTracker
    matcher: Matcher
    used: tuple[ModelUse, ...]
    encoder: SpeakerEncoder | None = None

    def of(self, *tasks: str) -> tuple[ModelUse, ...]:
        """The models in use for these tasks."""
        return tuple(use for use in self.used if use.task in tasks)


@dataclass(frozen=True)
class _Sound:
    """What is heard in a recording before any word is known.

    ``spoken`` is the speech on each channel, ``voices`` whose it is.
    """

    spoken: tuple[Activity, ...]
    voices: Voices
    holds: tuple[HoldSound, ...]


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

    Raises
    ------
    CallCoachError
        If the recording cannot be used; the message says why and what to do.
    """
    audio = stages.run("decode", lambda: decode(recording.path, config.audio))
    health = check_audio(audio, config.audio)
    mono = audio.channels == 1 or health.identical_channels
    samples = loudest_channel(audio) if mono else audio.samples
    heard = dataclasses.replace(audio, samples=samples)
    agent_side = recording.agent_side or _configured_side(config)
    names = _speaker_names(mono, agent_side)
    source = (audio.sha256, config.audio, mono)

    def hear() -> _Sound:
        spoken = detect_activity(heard, names, models.detector, config.activity)
        voices = Voices(spoken, None, True)
        if mono:
            voices = split_voices(heard, spoken[0], models.encoder, config)
        holds = find_holds(samples, heard.sample_rate_hz, spoken, config.holds)
        return _Sound(spoken, voices, holds)

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
    activities = voices.activities
    transcript = stages.keep(
        "words",
        Transcript,
        lambda: transcribe(heard, activities, models.engine, config.speech, shared=mono),
        inputs=(*source, activities, config.speech, models.engine.name, models.engine.model),
        words=True,
    )
    known = agent_side is not None and not mono
    guess = None if known else roles_from_words(transcript, activities, config)
    if guess is not None:
        activities = renamed_activities(activities, role_names(guess))
        transcript = renamed_transcript(transcript, role_names(guess))
    units = inter_pausal_units(activities, config.turns)
    turns = build_turns(units, transcript.words, config.turns)
    overlaps: tuple[OverlapEvent, ...] | None = None
    if not mono:
        overlaps = find_overlaps(
            units,
            turns,
            transcript.words,
            config.overlaps,
            snr_db={activity.speaker: activity.snr_db for activity in activities},
        )
    silences = find_silences(
        units,
        audio.duration_s,
        config.silences,
        config.turns,
        words=transcript.words,
        holds=sound.holds,
    )
    listening = measure_listening(
        activities, turns, overlaps, silences, config.listening, config.overlaps
    )
    calls = tuple(CallVoice(activity, turns, transcript.words) for activity in activities)
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
    tension = _tension(turns, voice, config)
    composure = _composure(turns, tension, voice, config)
    missing = missing_words(activities, transcript.words)
    parties = with_wordless(parties_of(activities, mono), missing)
    language = None
    if tension is not None:
        roles = {party.id: party.role for party in parties}
        said = utterances_of(turns, transcript.words, roles, tension, config)
        language = stages.run("language", lambda: understand(said, tension, models.matcher, config))
        unheard = [s for m in missing if m.speaker == Role.AGENT for s in m.stretches]
        language = without_unheard(language, said, unheard, config.responses)

    told_apart = mono and len(activities) > 1
    warnings = health_warnings(audio, health, spoken, config.audio, told_apart=told_apart)
    if mono:
        warnings += voice_warnings(voices, models.encoder, config)
    warnings += role_warnings(mono, known, guess, activities)
    warnings += missing_warnings(parties, missing)
    analysis = CallAnalysis(
        call=CallInfo(
            id=recording.call_id,
            agent_id=recording.agent_id,
            started_at=recording.started_at,
            duration_s=audio.duration_s,
            source_name=recording.path.name,
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
        tension=tension,
        composure=None if isinstance(composure, Unmeasured) else composure,
        listening=listening,
        waveform=waveforms(heard, activities, config.waveform, shared=mono),
        unmeasured=_unmeasured(mono, voice, tension, composure, language),
    )
    if language is not None:
        analysis = _with_language(analysis, language)
    if unredacted is not None:
        unredacted(analysis)
    finder = name_finder(config.redaction)
    return stages.run("redaction", lambda: redact(analysis, config.redaction, finder))


def _with_language(analysis: CallAnalysis, language: Language) -> CallAnalysis:
    return dataclasses.replace(
        analysis,
        concerns=language.concerns,
        responses=language.responses,
        acts=language.acts,
        paraphrases=language.paraphrases,
        questions=language.questions,
        closing=language.closing,
        gist=language.gist,
        arc=language.arc,
    )


def compare_with_history(analysis: CallAnalysis, history: History, config: Config) -> CallAnalysis:
    """The analysis with the agent's voice compared with the agent's earlier calls.

    Only what depends on the comparison changes: calmness, named stretches, composure. A measure
    with too few earlier calls is compared with the call itself, as before.
    """
    voice = tuple(
        compare(measures, history, config) if measures.speaker == Role.AGENT else measures
        for measures in analysis.voice
    )
    composure = _composure(analysis.turns, analysis.tension, voice, config)
    others = tuple(item for item in analysis.unmeasured if item.measure != "composure")
    missing = (composure,) if isinstance(composure, Unmeasured) else ()
    return dataclasses.replace(
        analysis,
        voice=voice,
        composure=None if isinstance(composure, Unmeasured) else composure,
        unmeasured=missing + others,
    )


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


def _why_unmeasured(mono: bool, voices: Voices) -> str | None:
    """Why the voices of a call cannot be measured, ``None`` where they can."""
    if mono and len(voices.activities) == 1:
        return SHARED_CHANNEL
    return None if voices.sure else ALIKE


def _tension(
    turns: Sequence[Turn], voice: Sequence[VoiceMeasures], config: Config
) -> tuple[TurnTension, ...] | None:
    """Tension of the customer's turns, ``None`` where nobody knows which party that is."""
    for measures in voice:
        if measures.speaker == Role.CUSTOMER:
            said = [turn for turn in turns if turn.speaker == Role.CUSTOMER]
            return turn_tensions(said, measures.timeline, config.tension)
    return None


def _composure(
    turns: Sequence[Turn],
    tension: Sequence[TurnTension] | None,
    voice: Sequence[VoiceMeasures],
    config: Config,
) -> Composure | Unmeasured:
    for measures in voice:
        if tension is not None and measures.speaker == Role.AGENT:
            said = [turn for turn in turns if turn.speaker == Role.AGENT]
            return find_composure(tension, said, measures.timeline, config.composure)
    return Unmeasured("composure", _no_roles(voice))


def _no_roles(voice: Sequence[VoiceMeasures]) -> str:
    shared = any(measures.speaker == EVERYONE for measures in voice)
    return SHARED_CHANNEL if shared else ROLES_UNKNOWN


def _unmeasured(
    mono: bool,
    voice: Sequence[VoiceMeasures],
    tension: object,
    composure: Composure | Unmeasured,
    language: Language | None,
) -> tuple[Unmeasured, ...]:
    reasons = []
    if mono:
        reasons.append(Unmeasured("overlaps", SHARED_CHANNEL))
    if isinstance(composure, Unmeasured):
        reasons.append(composure)
    if tension is None:
        reasons.append(Unmeasured("tension", _no_roles(voice)))
    if language is None:
        reasons += [Unmeasured(field.name, _no_roles(voice)) for field in fields(Language)]
    else:
        if language.paraphrases is None:
            reasons.append(Unmeasured("paraphrases", NO_SENTENCES))
        if language.arc is None:
            reasons.append(Unmeasured("arc", TOO_FEW_TENSIONS))
    # Coaching comes afterwards and takes these away: see callcoach.coaching.coach.
    coaching = ("findings", "scorecard", "categories")
    return (*reasons, *(Unmeasured(name, NOT_SCORED) for name in coaching))


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
