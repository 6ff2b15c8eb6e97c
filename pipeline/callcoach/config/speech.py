"""Settings of the transcription."""

from __future__ import annotations

from typing import Literal

from callcoach.config.section import Section, setting


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
    language: str = setting(
        "auto",
        "Spoken language as Whisper's code (en, de, es, ...); auto: it is heard for each party. "
        "English-only weights hear English.",
    )
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
    clip_gap_s: float = setting(
        0.20,
        "Pauses up to this length are kept as they are; longer ones become silence of this length.",
        unit="s",
        ge=0,
        le=2,
    )
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
        "A clip whose text compresses better than this may be a repetition loop: it is heard "
        "again in smaller clips.",
        source="Whisper's default",
        gt=1,
    )
    min_avg_logprob: float = setting(
        -1.0,
        "With a no-speech probability over the next limit, clips under this are heard again in "
        "smaller ones, and those under it still are dropped.",
        source="Whisper's default",
        lt=0,
    )
    max_no_speech: float = setting(
        0.6, "No-speech probability limit, see min_avg_logprob.", source="Whisper's default", gt=0
    )
    max_words_per_s: float = setting(
        8.0,
        "A clip with more words per second of speech than this was not heard but invented: it is "
        "heard again in smaller clips. A repeated phrase that is faster is a loop.",
        unit="words/s",
        source="fast conversational speech stays under about 6 words per second",
        gt=0,
    )
