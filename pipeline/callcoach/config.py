"""The configuration: every threshold by name, with its unit and its source.

A configuration is a TOML file whose tables are the sections below. Whatever a file leaves out
keeps its default. ``configs/default.toml`` spells every default out. An unknown key is an error
that names the nearest known one.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from callcoach.errors import ConfigError


class Section(BaseModel):
    """Base of all sections: frozen, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def setting(default: Any, text: str, *, unit: str = "", source: str = "", **limits: Any) -> Any:
    """Declare one configuration value: its default, meaning, unit and where the number is from."""
    return Field(
        default,
        description=text,
        json_schema_extra={"unit": unit, "source": source},
        **limits,
    )


class ChannelsConfig(Section):
    """Which channel is the agent, when the manifest does not say."""

    agent: Literal["left", "right", "unknown"] = setting(
        "unknown", "Channel of the agent in two-channel recordings without a manifest entry."
    )


class AudioConfig(Section):
    """Limits on recordings and thresholds of the health checks."""

    min_duration_s: float = setting(
        1.0, "Shorter recordings fail: there is no turn to measure.", unit="s", gt=0
    )
    max_duration_s: float = setting(
        2 * 3600.0, "Longer recordings fail: memory is bounded.", unit="s", gt=0
    )
    silence_dbov: float = setting(
        -65.0,
        "A frame below this level counts as silent; a channel that never rises above it is dead.",
        unit="dBov",
        source="idle noise of 8-bit mu-law (ITU-T G.711) lies near -70 dBov",
        lt=0,
    )
    clipping_share: float = setting(
        0.001,
        "Share of samples at full scale above which a channel is reported as clipped.",
        unit="share",
        source="clipped speech peaks far less often than once in 1000 samples when gain is right",
        gt=0,
        lt=1,
    )
    identical_db: float = setting(
        -25.0,
        "Channels of about the same level are the same signal when what one does not explain "
        "of the other lies this far below it.",
        unit="dB",
        source="lossy stereo codecs leave -30 dB and less; two people on a line leave 0 dB",
        lt=0,
    )
    identical_level_db: float = setting(
        6.0,
        "Largest difference in level of such channels: a much quieter copy is leak.",
        unit="dB",
        source="leak stays at least 10 dB under the voice it comes from",
        gt=0,
    )
    full_scale: float = setting(
        0.975,
        "Samples from here up count as cut off.",
        unit="share of full scale",
        source="largest codes of ITU-T G.711: mu-law 0.980, A-law 0.984",
        gt=0,
        le=1,
    )
    narrowband_hz: float = setting(
        4200.0,
        "Sound with nothing above this is noted as telephone sound, whatever the file's rate.",
        unit="Hz",
        source="8 kHz sampling ends at 4 kHz",
        gt=0,
        lt=8000,
    )
    narrowband_db: float = setting(
        -50.0, "Power above narrowband_hz against the rest that counts as nothing.", unit="dB", lt=0
    )
    low_snr_db: float = setting(
        25.0,
        "Speech-to-background gap under which a channel is reported as noisy.",
        unit="dB",
        source="clear telephone lines measure 30 dB and more; under about 18 dB times suffer",
    )
    crosstalk_share: float = setting(
        0.10,
        "Share of detected speech that was only leak above which crosstalk is reported.",
        unit="share",
        gt=0,
        lt=1,
    )


class ActivityConfig(Section):
    """Speech activity: Silero VAD, crosstalk gate, edge refinement."""

    onset: float = setting(
        0.5, "Speech probability that opens a region.", source="Silero VAD's default", gt=0, lt=1
    )
    offset: float = setting(
        0.35,
        "Speech probability under which a region closes.",
        source="Silero VAD's default: onset - 0.15",
        gt=0,
        lt=1,
    )
    min_speech_s: float = setting(
        0.10,
        "Shorter bursts are dropped.",
        unit="s",
        source="short enough to keep 'mm-hm' and 'yes'",
        ge=0,
    )
    min_silence_s: float = setting(
        0.10, "Shorter pauses are closed.", unit="s", source="Silero VAD's default", ge=0
    )
    refine: bool = setting(True, "Move region edges to where the level rises and falls.")
    refine_drop_db: float = setting(
        24.0,
        "An edge lies where the level is this far below the region's 90th percentile.",
        unit="dB",
        source="measured on 16 two-channel mixes: median edge error 10-20 ms",
        gt=0,
    )
    refine_reach_s: float = setting(
        0.20,
        "How far an edge may move out or in.",
        unit="s",
        source="plain Silero closes about 0.1 s late",
        ge=0,
    )
    refine_min_snr_db: float = setting(
        18.0,
        "Gate and refinement are off under this speech-to-background gap.",
        unit="dB",
        source="measured: under it plain Silero is better and the gate eats quiet overlaps",
    )
    gate: bool = setting(True, "Drop speech that is only the other channel leaking in.")
    level_dbov: float = setting(
        -23.0,
        "Channels are brought to about this level before detection, so that the recorder's gain "
        "changes nothing.",
        unit="dBov",
        source="usual level of speech corpora; -29 to -17 gave the same on real calls with noise",
        lt=0,
    )
    max_gain_db: float = setting(
        30.0, "Most that a quiet channel is raised for detection.", unit="dB", ge=0
    )
    background_min_s: float = setting(
        1.0, "Time without speech needed to measure the background.", unit="s", gt=0
    )
    leak_min_s: float = setting(
        2.0, "Other side's speech needed to measure the leak.", unit="s", gt=0
    )
    leak_late_s: float = setting(
        0.10,
        "Leak may arrive this much later than the voice.",
        unit="s",
        source="electrical echo stays under about 0.1 s",
        ge=0,
    )
    leak_least_db: float = setting(
        -60.0, "Measured leak is taken to be no weaker than this.", unit="dB", lt=0
    )
    leak_most_db: float = setting(
        -10.0, "Measured leak is taken to be no stronger than this.", unit="dB", lt=0
    )
    gate_margin_db: float = setting(
        6.0,
        "A frame is leak when it is no louder than the other side minus the leak's "
        "attenuation plus this margin.",
        unit="dB",
        gt=0,
    )
    gate_min_s: float = setting(
        0.25,
        "What the gate leaves of a region must be at least this long: the leak has dips.",
        unit="s",
        source="listener sounds last 0.25 s and more",
        ge=0,
    )
    gate_default_db: float = setting(
        -20.0,
        "Leak attenuation assumed where too little of one side alone is heard to measure it.",
        unit="dB",
        lt=0,
    )


class SpeechConfig(Section):
    """Transcription."""

    engine: Literal["ctranslate2", "openai"] = setting(
        "ctranslate2", "Speech engine: ctranslate2 (fast on CPU) or openai (reference, PyTorch)."
    )
    model: str = setting(
        "base", "Model name from `callcoach models list`; ignored where model_path is set."
    )
    model_path: str = setting(
        "", "Folder of a Whisper model in CTranslate2 format, used instead of a known model."
    )
    model_sha256: str = setting(
        "", "SHA-256 that model.bin in model_path must have; empty: it is only recorded."
    )
    language: str = setting("en", "Spoken language, as Whisper's code.")
    compute_type: Literal["int8", "int8_float32", "float32"] = setting(
        "int8", "Arithmetic of the ctranslate2 engine."
    )
    beam_size: int = setting(5, "Beam width.", source="Whisper's default", ge=1, le=20)
    threads: int = setting(
        2,
        "Processor threads of each worker. It does not follow the number of workers, because it "
        "decides which clips are decoded together.",
        ge=1,
        le=64,
    )
    batch_size: int = setting(
        2,
        "Clips that one thread decodes together. With 1 a clip's word times do not depend on its "
        "neighbours at all; more than 2 is no faster on a CPU and takes more memory.",
        ge=1,
        le=64,
    )
    clip_s: float = setting(
        29.5,
        "Longest clip given to Whisper; speech regions are packed up to this length.",
        unit="s",
        source="Whisper's window is 30 s",
        gt=1,
        le=30,
    )
    clip_pad_s: float = setting(
        0.10, "Sound kept around each region so that no consonant is cut.", unit="s", ge=0, le=1
    )
    clip_gap_s: float = setting(0.20, "Silence put between packed regions.", unit="s", ge=0, le=2)
    reach_s: float = setting(
        0.50,
        "A word this far from its channel's speech is moved to it; further away it is dropped.",
        unit="s",
        source="Whisper's word times drift by 0.4 s around pauses",
        ge=0,
    )
    reach_in_s: float = setting(
        0.10,
        "A word that reaches this far into speech after a pause was said there.",
        unit="s",
        source="Whisper starts the first word after a pause too early but gets its end right",
        gt=0,
    )
    max_compression_ratio: float = setting(
        2.4,
        "A clip whose text compresses better than this is a repetition loop and is dropped.",
        source="Whisper's default",
        gt=1,
    )
    min_avg_logprob: float = setting(
        -1.0,
        "With a no-speech probability over the next limit, clips under this are dropped.",
        source="Whisper's default",
        lt=0,
    )
    max_no_speech: float = setting(
        0.6, "No-speech probability limit, see min_avg_logprob.", source="Whisper's default", gt=0
    )
    max_words_per_s: float = setting(
        8.0,
        "A clip with more words per second of speech than this was not heard but invented.",
        unit="words/s",
        source="fast conversational speech stays under about 6 words per second",
        gt=0,
    )


class PitchConfig(Section):
    """Fundamental frequency."""

    tracker: Literal["swift-f0", "pyin"] = setting("swift-f0", "Pitch tracker.")
    min_hz: float = setting(60.0, "Lowest pitch looked for.", unit="Hz", gt=0)
    max_hz: float = setting(500.0, "Highest pitch looked for.", unit="Hz", gt=0)
    min_confidence: float = setting(
        0.5, "Voicing confidence of a kept frame.", source="swift-f0's calibration", ge=0, le=1
    )
    min_island_s: float = setting(
        0.05, "Voiced islands shorter than this are dropped.", unit="s", ge=0
    )
    outlier_st: float = setting(
        10.0,
        "Frames further than this from the speaker's median are octave errors and are dropped.",
        unit="st",
        source="an octave is 12 semitones; speech rarely leaves its median by 10",
        gt=0,
    )
    min_voiced_s: float = setting(
        5.0, "Voiced speech needed for a call-level pitch measure.", unit="s", ge=0
    )
    min_turn_voiced_s: float = setting(
        1.0, "Voiced speech needed for a turn's pitch measure.", unit="s", ge=0
    )


class LevelConfig(Section):
    """Level of the voice."""

    min_speech_s: float = setting(1.0, "Own speech needed for a level.", unit="s", ge=0)


class RateConfig(Section):
    """Speaking rate, on the speaker's own speech activity."""

    min_speech_s: float = setting(5.0, "Own speech needed for a rate.", unit="s", ge=0)
    min_words: int = setting(10, "Words needed for a rate.", unit="words", ge=1)


class TurnsConfig(Section):
    """Turns."""

    pause_s: float = setting(
        0.20,
        "Speech with shorter pauses is one inter-pausal unit.",
        unit="s",
        source="the usual 200 ms of conversation analysis",
        ge=0,
    )
    join_s: float = setting(
        0.70,
        "Units of one speaker with shorter gaps are one turn, unless the other spoke between.",
        unit="s",
        ge=0,
    )


class OverlapsConfig(Section):
    """Kinds of simultaneous speech."""

    min_s: float = setting(
        0.20,
        "Shorter simultaneous speech is within the timing error and is ignored.",
        unit="s",
        ge=0,
    )
    dual_start_s: float = setting(0.20, "Onsets closer than this are a dual start.", unit="s", ge=0)
    backchannel_max_s: float = setting(
        1.0, "Longest burst that can be a backchannel.", unit="s", gt=0
    )
    backchannel_max_words: int = setting(3, "Most words of a backchannel.", unit="words", ge=0)
    listener_words: tuple[str, ...] = setting(
        tuple(
            "yeah yes yep yup mm mhm mm-hm mmhmm hm hmm uh-huh uh huh right okay ok oh sure i see "
            "alright ah exactly gotcha great good".split(" ")
        ),
        "Words that listeners say to show that they follow; a burst of these alone is a "
        "backchannel however many there are.",
        source="the commonest continuers of American telephone talk",
    )
    backchannel_holder_on_s: float = setting(
        0.5, "The holder goes on at least this long after a backchannel.", unit="s", ge=0
    )
    terminal_s: float = setting(
        0.5, "The holder ends within this after the onset: a terminal overlap.", unit="s", ge=0
    )
    floor_s: float = setting(1.0, "Shortest turn that claims the floor.", unit="s", gt=0)
    yield_s: float = setting(
        2.0, "The holder stops within this after the onset: the holder yielded.", unit="s", gt=0
    )


class SilencesConfig(Section):
    """Silences."""

    dead_air_s: float = setting(3.0, "Both silent at least this long: dead air.", unit="s", gt=0)


class Config(Section):
    """All settings of an analysis."""

    channels: ChannelsConfig = ChannelsConfig()
    audio: AudioConfig = AudioConfig()
    activity: ActivityConfig = ActivityConfig()
    speech: SpeechConfig = SpeechConfig()
    pitch: PitchConfig = PitchConfig()
    level: LevelConfig = LevelConfig()
    rate: RateConfig = RateConfig()
    turns: TurnsConfig = TurnsConfig()
    overlaps: OverlapsConfig = OverlapsConfig()
    silences: SilencesConfig = SilencesConfig()

    @property
    def sha256(self) -> str:
        """Hash of every value, defaults included; equal settings have equal hashes."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def load_config(path: Path | None) -> Config:
    """Read a configuration file; ``None`` gives the defaults.

    Raises
    ------
    ConfigError
        If the file is missing, is no TOML, or has an unknown key or a wrong value.
    """
    if path is None:
        return Config()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read the config file {path}: {_reason(error)}") from error
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        lines = [f"{path}: {_explain(item)}" for item in error.errors()]
        raise ConfigError("\n".join(lines)) from error


def known_keys() -> Iterator[tuple[str, str, Any]]:
    """All settings as ``(section, key, pydantic field)``, in order."""
    for section, field in Config.model_fields.items():
        model = field.annotation
        assert isinstance(model, type) and issubclass(model, Section)
        for key, entry in model.model_fields.items():
            yield section, key, entry


def _reason(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)


def _explain(item: Any) -> str:
    """One validation error as a sentence."""
    location = [str(part) for part in item["loc"]]
    name = ".".join(location)
    if item["type"] == "extra_forbidden":
        return f"unknown key {name!r}; {_nearest(name)}"
    return f"{name} = {item['input']!r}: {item['msg'].lower()}"


def _nearest(name: str) -> str:
    known = list(Config.model_fields) + [f"{section}.{key}" for section, key, _ in known_keys()]
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if not close:  # a key under the wrong section
        tail = name.rsplit(".", 1)[-1]
        close = [full for full in known if full.rsplit(".", 1)[-1] == tail][:1]
    if close:
        return f"did you mean {close[0]!r}?"
    return f"the sections are {', '.join(Config.model_fields)}"
