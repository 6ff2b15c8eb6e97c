"""Level of a voice: RMS over the speaker's own speech.

Only comparable within one channel: the recorder's gain, the line and the codec all move it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from callcoach.audio.level import FRAME_S, mean_level_db
from callcoach.timeline import Span, total_s


def speech_level_dbov(
    frame_levels_db: npt.NDArray[np.float64], speech: Sequence[Span], min_speech_s: float
) -> float | None:
    """Level of the mean power over the frames that are own speech, in dBov.

    Parameters
    ----------
    frame_levels_db
        Level of each 10 ms frame of the channel (:mod:`callcoach.audio.level`).
    speech
        The speaker's own speech.
    min_speech_s
        With less speech than this the result is ``None``.
    """
    if total_s(speech) < min_speech_s:
        return None
    inside = np.zeros(len(frame_levels_db), dtype=bool)
    for span in speech:
        inside[round(span.start_s / FRAME_S) : round(span.end_s / FRAME_S)] = True
    return mean_level_db(frame_levels_db[inside])
