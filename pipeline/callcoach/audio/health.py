"""Condition of a recording: what a reader must know before trusting a number."""

from __future__ import annotations

import dataclasses

import numpy as np

from callcoach.audio.level import frame_levels_db, mean_level_db
from callcoach.audio.same_sound import same_sound
from callcoach.config.audio import AudioConfig
from callcoach.model.party import Side
from callcoach.model.recording import (
    Audio,
    AudioHealth,
    CallWarning,
    ChannelHealth,
    FileFault,
    FileFaultKind,
    Severity,
)
from callcoach.model.speech import Activity

_SPECTRUM_S = 60.0


def check_audio(audio: Audio, config: AudioConfig) -> AudioHealth:
    """Measure clipping, silence, dead channels, identical channels and bandwidth.

    ``crosstalk_share`` stays ``None`` until the speech activity is known
    (:func:`with_crosstalk`).
    """
    channels = []
    for samples, peak, clipped in zip(
        audio.samples, audio.peaks, audio.clipped_shares, strict=True
    ):
        levels = frame_levels_db(samples, audio.sample_rate_hz)
        silent = levels < config.silence_dbov
        channels.append(
            ChannelHealth(
                level_dbov=mean_level_db(levels),
                peak_dbov=None if peak == 0 else float(20 * np.log10(peak)),
                clipped_share=clipped,
                silent_share=float(silent.mean()),
                dead=bool(silent.all()),
            )
        )
    return AudioHealth(
        channels=tuple(channels),
        identical_channels=same_sound(audio.samples, audio.sample_rate_hz) is not None,
        narrowband=audio.source_rate_hz <= 8000 or _narrowband(audio, config),
    )


def with_crosstalk(health: AudioHealth, activities: tuple[Activity, ...]) -> AudioHealth:
    """Add the share of detected speech that was only the other side leaking in."""
    leaks = [a.leak_s for a in activities if a.leak_s is not None]
    if not leaks:
        return health
    detected = sum(a.speech_s for a in activities) + sum(leaks)
    share = sum(leaks) / detected if detected > 0 else None
    return dataclasses.replace(health, crosstalk_share=share)


def health_warnings(
    audio: Audio,
    health: AudioHealth,
    activities: tuple[Activity, ...],
    config: AudioConfig,
    *,
    told_apart: bool = False,
) -> tuple[CallWarning, ...]:
    """Say in words what is wrong with a recording, most serious first.

    ``activities`` has one entry per channel that was analysed: a single one for mono calls.
    ``told_apart`` says that the voices of a mono call were told apart.
    """
    sides: tuple[Side | None, ...] = (None,) if audio.channels == 1 else tuple(Side)
    warnings = _whole_warnings(audio, health)
    for side, channel in zip(sides, health.channels, strict=True):
        warnings += _channel_warnings(side, channel, config)
    analysed: tuple[Side | None, ...] = (None,) if len(activities) == 1 else sides
    for side, activity in zip(analysed, activities, strict=False):
        if activity.snr_db is not None and activity.snr_db < config.low_snr_db:
            where = f"On the {side} channel" if side else "In the recording"
            text = (
                f"{where} the voice is only {activity.snr_db:.0f} dB above the background noise. "
                "Words and times are less certain."
            )
            warnings.append(CallWarning("noisy", text, side))
    if health.crosstalk_share is not None and health.crosstalk_share > config.crosstalk_share:
        text = (
            f"The two sides leak into each other: {health.crosstalk_share:.0%} of the detected "
            "speech was the other side and was left out."
        )
        warnings.append(CallWarning("crosstalk", text))
    if (audio.channels == 1 or health.identical_channels) and not told_apart:
        text = (
            "There is one channel for everybody. Who said what is not told apart here, so voice "
            "and speaking at once are not measured."
        )
        warnings.append(CallWarning("mono", text))
    if health.narrowband:
        text = (
            "Telephone sound (8 kHz). This is normal for calls; some words are harder to recognise."
        )
        warnings.append(CallWarning("narrowband", text, severity=Severity.NOTE))
    return tuple(warnings)


def file_warnings(audio: Audio) -> tuple[CallWarning, ...]:
    """What is wrong with the file of a recording, in words."""
    warnings = []
    if audio.promised_s is not None:
        text = (
            f"Part of the recording is missing: the file should hold {audio.promised_s:.0f} s, but "
            f"only {audio.duration_s:.0f} s could be read."
        )
        warnings.append(CallWarning("cut_off", text))
    return (*warnings, *(_fault_warning(fault, audio) for fault in audio.faults))


def _whole_warnings(audio: Audio, health: AudioHealth) -> list[CallWarning]:
    warnings = list(file_warnings(audio))
    if health.identical_channels:
        text = "Both channels carry the same sound, so the call is treated as mono."
        warnings.append(CallWarning("identical_channels", text))
    return warnings


def _fault_warning(fault: FileFault, audio: Audio) -> CallWarning:
    note = Severity.NOTE
    match fault.kind:
        case FileFaultKind.ENDS_EARLY:
            text = (
                f"The file breaks off after {audio.duration_s:.0f} s: it was not closed, so its "
                "end may be missing."
            )
            return CallWarning("cut_off", text)
        case FileFaultKind.DAMAGED:
            lost = "some sound" if fault.seconds is None else f"{fault.seconds:.1f} s of sound"
            text = f"The file is damaged inside: {lost} could not be read. Times may be off there."
            return CallWarning("damaged", text)
        case FileFaultKind.PART_NOT_READ:
            text = (
                f"The file holds more than the {audio.duration_s:.0f} s that were read: another "
                "recording is joined to it that has other channels or cannot be read. Split it, "
                "and give both."
            )
            return CallWarning("part_not_read", text)
        case FileFaultKind.WRONG_LENGTH:
            text = (
                "The file's header tells a wrong length. All that the file holds was read: "
                f"{audio.duration_s:.0f} s."
            )
            return CallWarning("wrong_length", text, severity=note)
        case FileFaultKind.JOINED:
            text = "The file holds recordings one behind the other. They were read as one call."
            return CallWarning("joined", text, severity=note)


def _channel_warnings(
    side: Side | None, channel: ChannelHealth, config: AudioConfig
) -> list[CallWarning]:
    where = f"The {side} channel" if side else "The recording"
    warnings = []
    if channel.dead:
        warnings.append(CallWarning("dead_channel", f"{where} is silent from start to end.", side))
    if channel.clipped_share > config.clipping_share:
        text = (
            f"{where} is too loud in places: {channel.clipped_share:.1%} of its samples are cut "
            "off. Volume may be measured too low there."
        )
        warnings.append(CallWarning("clipping", text, side))
    return warnings


def _narrowband(audio: Audio, config: AudioConfig) -> bool:
    """Whether nothing is heard above the telephone band, whatever the file's rate.

    The mean power spectrum of the first minute is compared above and below the band.
    """
    size = 1024
    mixed = audio.samples[:, : int(_SPECTRUM_S * audio.sample_rate_hz)].mean(axis=0)
    frames = mixed[: len(mixed) // size * size].reshape(-1, size)
    if len(frames) == 0:
        return False
    power = (np.abs(np.fft.rfft(frames * np.hanning(size), axis=1)) ** 2).mean(axis=0)
    high = np.fft.rfftfreq(size, 1 / audio.sample_rate_hz) >= config.narrowband_hz
    low_power = float(power[~high].sum())
    if low_power <= 0.0:
        return False
    return float(power[high].sum()) / low_power < 10 ** (config.narrowband_db / 10)
