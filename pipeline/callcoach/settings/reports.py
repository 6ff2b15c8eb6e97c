"""Settings of the reports: what a call's page plays."""

from __future__ import annotations

from typing import Literal

from callcoach.settings.section import Section, setting


class ReportsConfig(Section):
    """What the pages hold beside words and numbers.

    They are made from analyses that are there already: changing this transcribes nothing again.
    """

    audio: Literal["copy", "link", "none"] = setting(
        "copy",
        "The sound that a call's page plays: a compact copy beside the page, a link to the "
        "recording where it lies, or none. Private parts are silent in the copy alone.",
    )
    audio_kbps: int = setting(
        48,
        "Bit rate of the copy for each channel: speech at telephone quality stays clear.",
        unit="kbit/s",
        ge=16,
        le=192,
    )
    silence_margin_s: float = setting(
        0.5,
        "How much before and after a private part is silent in the copy too, on both channels: "
        "the times of words are off by up to 0.4 s, and the other side may say it after.",
        unit="s",
        ge=0.0,
        le=5.0,
    )
