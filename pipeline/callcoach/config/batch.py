"""Settings of a run: order, attempts, time, space, workers, what is kept between runs."""

from __future__ import annotations

from typing import Literal

from callcoach.config.section import Section, setting


class BatchConfig(Section):
    """How a run goes through its calls. Nothing here changes a result."""

    order: Literal["listed", "newest", "oldest", "priority"] = setting(
        "listed",
        "Which calls come first: as the source lists them, the newest, the oldest (started_at, "
        "else the file's time), or by the manifest's column 'priority' (1 before 2, none last).",
    )
    attempts: int = setting(
        3,
        "Attempts at a call in one run. A recording that still cannot be read, or that took its "
        "worker down every time, is then quarantined: later runs leave it alone.",
        unit="attempts",
        ge=1,
    )
    retry_wait_s: float = setting(
        2.0,
        "Wait before the second attempt after a fault that may pass; it doubles with each further "
        "one. Other calls go on meanwhile.",
        unit="s",
        ge=0,
    )
    retry_wait_most_s: float = setting(
        120.0, "Longest wait before another attempt.", unit="s", ge=0
    )
    min_free_mb: float = setting(
        500.0,
        "No call is taken while the disk of the output folder has less free space.",
        unit="MB",
        source="not measured: room for the tables and pages that are written at the end",
        ge=0,
    )
    worker_memory_mb: float = setting(
        6000.0,
        "A worker that takes more memory is ended; its call fails, no other. 0 sets no bound.",
        unit="MB",
        source="two channels of two hours are 0.9 GB of samples, held twice while they are decoded",
        ge=0,
    )
    hang_min_s: float = setting(
        600.0,
        "A worker that is busy with a call for longer than this, and longer than hang_factor "
        "allows, hangs: it is ended, and its call fails.",
        unit="s",
        gt=0,
    )
    hang_factor: float = setting(
        6.0, "Longest time for a call, as a multiple of its length.", unit="s per s of audio", gt=0
    )
    until_quantile: float = setting(
        0.9,
        "How carefully a call's time is foretold from past ones: this share of them was faster.",
        unit="share",
        gt=0,
        lt=1,
    )
    first_speed: float = setting(
        1.0,
        "Seconds of work for a second of audio, as long as no call has been finished.",
        unit="s per s of audio",
        source="slower than the base model on one core of 2015",
        gt=0,
    )
    lease_s: float = setting(
        120.0,
        "A run that shares the output folder and has not been heard of for so long is taken for "
        "dead; others take its calls. A run whose process is gone counts as dead at once.",
        unit="s",
        ge=10,
    )
    ledger_wait_s: float = setting(
        60.0,
        "How long to wait for the ledger while another program has locked it.",
        unit="s",
        gt=0,
    )
    cache: Literal["off", "sound", "words"] = setting(
        "sound",
        "What is kept of a call's stages, so that another setting does not measure all of it "
        "again: nothing, what holds no words (speech activity, voices, holds, voice measures), or "
        "the transcript too. The transcript is kept as it was heard, before anything is redacted.",
    )
