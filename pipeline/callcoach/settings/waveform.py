"""Settings of the picture of how loud each speaker is."""

from __future__ import annotations

from callcoach.settings.section import Section, setting


class WaveformConfig(Section):
    """How loud each speaker is over the call, for a picture."""

    min_step_s: float = setting(
        0.05,
        "Shortest step: finer than this no picture of a call shows.",
        unit="s",
        ge=0.01,
        le=10.0,
    )
    max_steps: int = setting(
        2000,
        "Most steps of a speaker: more than the pixels of a wide screen. Longer calls get longer "
        "steps.",
        unit="steps",
        ge=100,
        le=20000,
    )
    range_db: float = setting(
        48.0,
        "How far under the loudest step the picture reaches down to: speech varies by some 30 dB, "
        "and the background of a good line lies about 40 dB under it.",
        unit="dB",
        gt=0.0,
        le=120.0,
    )
    quiet_dbov: float = setting(
        -50.0,
        "A channel that never gets louder than this is drawn against this level: without speech "
        "the loudest step is hiss.",
        unit="dBov",
        ge=-100.0,
        le=0.0,
    )
