"""A call in which one side says nothing and only the other's leak is heard on its channel."""

from __future__ import annotations

import dataclasses

from callcoach.audio.activity import Detector, detect_activity
from callcoach.audio.diarize import SpeakerEncoder, diarize
from callcoach.audio.level import loudest_channel
from callcoach.config.config import Config
from callcoach.model.recording import Audio, AudioHealth


def is_lone_voice(
    audio: Audio,
    health: AudioHealth,
    detector: Detector,
    encoder: SpeakerEncoder | None,
    config: Config,
) -> bool:
    """Whether a channel that copies the other is its leak rather than a copy of a whole call.

    A much quieter copy is either. Where the louder channel has one voice only, nobody else is there
    to be mixed up with: the channels stay two, and the quiet one has no speech. Without the model
    that tells voices apart it counts as a copy, so that nobody answers for another's words.

    Parameters
    ----------
    audio, health
        Two channels and their condition.
    detector, encoder
        Speech probabilities, and speaker vectors or ``None``.
    config
        ``audio.identical_level_db`` and up is much quieter.
    """
    levels_db = [channel.level_dbov for channel in health.channels]
    if not health.identical_channels or encoder is None or None in levels_db:
        return False
    known = [level for level in levels_db if level is not None]
    if max(known) - min(known) < config.audio.identical_level_db:
        return False
    loud = dataclasses.replace(audio, samples=loudest_channel(audio))
    (spoken,) = detect_activity(loud, ("everyone",), detector, config.activity)
    voices = diarize(loud.samples[0], loud.sample_rate_hz, spoken, encoder, config.diarize)
    return bool(spoken.regions) and len(voices.activities) == 1
