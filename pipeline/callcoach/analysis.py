"""One call through the whole flow: recording in, :class:`CallAnalysis` out."""

from __future__ import annotations

import dataclasses
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata

from callcoach import __version__
from callcoach.audio.activity import Detector, detect_activity
from callcoach.audio.decode import decode
from callcoach.audio.health import check_audio, health_warnings, with_crosstalk
from callcoach.call import (
    Activity,
    Audio,
    CallAnalysis,
    CallInfo,
    CallWarning,
    FloatArray,
    ModelUse,
    OverlapEvent,
    PackageVersion,
    Party,
    Provenance,
    Recording,
    Role,
    Side,
    Turn,
    Unmeasured,
    VoiceMeasures,
    Word,
)
from callcoach.config import Config
from callcoach.dialogue.overlaps import find_overlaps
from callcoach.dialogue.silences import find_silences
from callcoach.dialogue.turns import build_turns, inter_pausal_units
from callcoach.speech.transcribe import Engine, transcribe
from callcoach.voice.measures import NOT_YET, measure_voice, unmeasured_voice
from callcoach.voice.pitch import PitchTracker

EVERYONE = "everyone"
"""Party of a channel that both people share."""

SHARED_CHANNEL = "both people share one channel"

_PACKAGES = (
    "numpy",
    "soxr",
    "soundfile",
    "av",
    "onnxruntime",
    "silero-vad",
    "swift-f0",
    "librosa",
    "ctranslate2",
    "faster-whisper",
    "openai-whisper",
)


@dataclass(frozen=True)
class Models:
    """The models an analysis works with, loaded once per worker."""

    engine: Engine
    detector: Detector
    tracker: PitchTracker
    used: tuple[ModelUse, ...]


def analyse(recording: Recording, models: Models, config: Config) -> CallAnalysis:
    """Analyse one call.

    The same recording, models and configuration give an equal result, whatever runs beside it.

    Raises
    ------
    CallCoachError
        If the recording cannot be used; the message says why and what to do.
    """
    audio = decode(recording.path, config.audio)
    health = check_audio(audio, config.audio)
    mono = audio.channels == 1 or health.identical_channels
    samples = _loudest(audio) if mono else audio.samples
    heard = dataclasses.replace(audio, samples=samples)
    agent_side = recording.agent_side or _configured_side(config)
    names = _speaker_names(mono, agent_side)

    activities = detect_activity(heard, names, models.detector, config.activity)
    health = with_crosstalk(health, activities)
    transcript = transcribe(heard, activities, models.engine, config.speech)
    units = inter_pausal_units(activities, config.turns)
    turns = build_turns(units, transcript.words, config.turns)
    overlaps: tuple[OverlapEvent, ...] | None = None
    if not mono:
        overlaps = find_overlaps(units, turns, transcript.words, config.overlaps)
    voice = _voice(heard, activities, turns, transcript.words, mono, models, config)

    warnings = health_warnings(audio, health, activities, config.audio)
    warnings += _role_warnings(mono, agent_side, activities)
    return CallAnalysis(
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
            parties=_parties(activities, mono),
            metadata=recording.metadata,
        ),
        health=health,
        words=transcript.words,
        turns=turns,
        overlaps=overlaps,
        silences=find_silences(units, audio.duration_s, config.silences, config.turns),
        activity=tuple(sorted((r for a in activities for r in a.regions), key=lambda r: r.start_s)),
        voice=voice,
        dropped_words=transcript.dropped,
        warnings=warnings,
        provenance=_provenance(models, config),
        unmeasured=_unmeasured(mono),
    )


def _loudest(audio: Audio) -> FloatArray:
    """The louder channel alone, shape ``(1, n)``."""
    powers = [float((channel**2).mean()) for channel in audio.samples]
    best = powers.index(max(powers))
    return audio.samples[best : best + 1]


def _configured_side(config: Config) -> Side | None:
    return None if config.channels.agent == "unknown" else Side(config.channels.agent)


def _speaker_names(mono: bool, agent_side: Side | None) -> tuple[str, ...]:
    if mono:
        return (EVERYONE,)
    if agent_side is None:
        return ("speaker_1", "speaker_2")
    names = (Role.AGENT.value, Role.CUSTOMER.value)
    return names if agent_side is Side.LEFT else names[::-1]


def _parties(activities: Sequence[Activity], mono: bool) -> tuple[Party, ...]:
    roles = {role.value: role for role in Role}
    sides: tuple[Side | None, ...] = (None,) if mono else tuple(Side)
    return tuple(
        Party(a.speaker, roles.get(a.speaker, Role.UNKNOWN), side, a.speech_s)
        for a, side in zip(activities, sides, strict=True)
    )


def _voice(
    heard: Audio,
    activities: Sequence[Activity],
    turns: Sequence[Turn],
    words: Sequence[Word],
    mono: bool,
    models: Models,
    config: Config,
) -> tuple[VoiceMeasures, ...]:
    if mono:
        return tuple(unmeasured_voice(activity, SHARED_CHANNEL) for activity in activities)
    return tuple(
        measure_voice(samples, heard.sample_rate_hz, activity, turns, words, models.tracker, config)
        for samples, activity in zip(heard.samples, activities, strict=True)
    )


def _role_warnings(
    mono: bool, agent_side: Side | None, activities: Sequence[Activity]
) -> tuple[CallWarning, ...]:
    warnings = []
    if not mono and agent_side is None:
        warnings.append(
            CallWarning(
                "roles_unknown",
                "It is not known which channel is the agent. Say so with agent_channel in the "
                'manifest, or agent = "left" or "right" under [channels] in the config.',
            )
        )
    if not any(activity.regions for activity in activities):
        warnings.append(CallWarning("no_speech", "No speech was found in this recording."))
    return tuple(warnings)


def _unmeasured(mono: bool) -> tuple[Unmeasured, ...]:
    later = ("concerns", "responses", "paraphrases", "questions", "findings", "gist", "scorecard")
    reasons = [Unmeasured(name, NOT_YET) for name in later]
    if mono:
        reasons.insert(0, Unmeasured("overlaps", SHARED_CHANNEL))
    return tuple(reasons)


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
