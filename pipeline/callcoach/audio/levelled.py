"""A channel brought to one level from moment to moment: a quiet party is heard like a loud one.

People who share a channel can lie 30 dB apart: one sits at the recorder, the other comes over two
networks. A single gain for the channel then leaves the quieter one at a level at which the speech
detector hears little. Here the gain follows the loudest of the second around each moment, as the
slow automatic gain controls of recorders do, and stops where the background would come up.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from callcoach.audio.level import FRAME_S, frame_levels_db
from callcoach.model.recording import FloatArray

REACH_S = 0.5
"""The gain follows the loudest sound so far to each side: about a word. With 1.5 s quiet answers
after loud questions stay lost, 5 s of them in three samples on bad lines; with 0.5 s none."""

SMOOTHING_S = 0.09  # levels are means over this: a click is no loud sound

QUIETER_DB = 15.0
"""How much more than the channel as a whole a stretch is raised at most. A party 28 dB under the
other is then heard at a level at which the detector misses little (0.2 % more than with 30 dB),
and people in the background, who lie deeper, stay there: in meetings 30 dB takes four times as
much of them for speech (benchmarks/hearing.py)."""

BACKGROUND_DBOV = -40.0
"""The background is not raised above this. At -35 twice as much of what is no speech was taken for
it in meetings as at -45; at -55 two thirds of what is lost of a quiet party on a noisy mobile line
stayed lost."""

_BLOCK_FRAMES = 6000  # bounds the memory


def levelled(
    samples: FloatArray, rate_hz: int, wanted_dbov: float, most_gain_db: float
) -> FloatArray:
    """The samples with a gain that brings the loudest sound around each moment to one level.

    Parameters
    ----------
    samples
        One channel, shape ``(n,)``, full scale 1.0.
    rate_hz
        Its rate.
    wanted_dbov
        The level, as mean power over 90 ms.
    most_gain_db
        Largest gain.
    """
    gains_db = _gains_db(frame_levels_db(samples, rate_hz), wanted_dbov, most_gain_db)
    hop = round(FRAME_S * rate_hz)
    middles = (np.arange(len(gains_db)) + 0.5) * hop
    result = np.empty_like(samples)
    for first in range(0, len(samples), _BLOCK_FRAMES * hop):
        block = slice(first, first + _BLOCK_FRAMES * hop)
        at = np.arange(first, first + len(samples[block]))
        factors = 10 ** (np.interp(at, middles, gains_db) / 20)
        result[block] = np.clip(samples[block] * factors.astype(np.float32), -1.0, 1.0)
    return result


def _gains_db(
    levels: npt.NDArray[np.float64], wanted_dbov: float, most_gain_db: float
) -> npt.NDArray[np.float64]:
    from scipy.ndimage import maximum_filter1d, uniform_filter1d

    power = uniform_filter1d(10 ** (levels / 10), round(SMOOTHING_S / FRAME_S))
    means = 10 * np.log10(np.maximum(power, 1e-12))
    reach = round(REACH_S / FRAME_S)
    gains = wanted_dbov - maximum_filter1d(means, 2 * reach + 1)
    background_db = float(np.percentile(means, 15))
    most_db = min(most_gain_db, max(0.0, BACKGROUND_DBOV - background_db))
    result: npt.NDArray[np.float64] = uniform_filter1d(np.minimum(gains, most_db), reach | 1)
    return result
