"""Silero's speech detector, run on a whole channel at once.

The "sequence" model of the ``silero-vad`` package gives the probabilities of the streaming model
frame for frame, in a few calls (https://github.com/snakers4/silero-vad, MIT). Only its data file is
used, through ``onnxruntime``; the package's code, which needs PyTorch, is not imported.
"""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

import numpy as np
import numpy.typing as npt

from callcoach.audio.decode import ANALYSIS_RATE_HZ
from callcoach.errors import WeightsError
from callcoach.model.analysis import ModelUse
from callcoach.model.recording import FloatArray

FRAME = 512
"""Samples per probability: 32 ms at 16 kHz."""

FRAME_S = FRAME / ANALYSIS_RATE_HZ
_CONTEXT = 64
_BLOCK_FRAMES = 4096
_FILE = "data/silero_vad_16k_sequence.onnx"
_SHA256 = "9ccdacc4719d8aa7e45a77536bfabec45a03ba1f2fad5e241ab4060b24238a85"


class SileroVad:
    """Speech probability per 32 ms frame.

    One thread: the same sound gives the same probabilities on every run.

    Raises
    ------
    WeightsError
        If the package is not installed or its file is not the expected one.
    """

    def __init__(self) -> None:
        import onnxruntime

        spec = importlib.util.find_spec("silero_vad")
        if spec is None or not spec.submodule_search_locations:
            raise WeightsError("the package silero-vad is missing: pip install silero-vad==6.2.3")
        data = (Path(spec.submodule_search_locations[0]) / _FILE).read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        if digest != _SHA256:
            raise WeightsError(
                f"{_FILE} of the package silero-vad has SHA-256 {digest[:12]}, expected "
                f"{_SHA256[:12]}: pip install silero-vad==6.2.3"
            )
        self.model = ModelUse("speech activity", "silero-vad", digest, "installed packages")
        options = onnxruntime.SessionOptions()
        options.inter_op_num_threads = 1
        options.intra_op_num_threads = 1
        options.log_severity_level = 4
        self._session = onnxruntime.InferenceSession(
            data, options, providers=["CPUExecutionProvider"]
        )

    def probabilities(self, samples: FloatArray) -> npt.NDArray[np.float32]:
        """Speech probability of each frame.

        Parameters
        ----------
        samples
            One channel at 16 kHz, shape ``(n,)``.

        Returns
        -------
        ndarray, shape (ceil(n / 512),)
            0..1. The last frame is padded with silence.
        """
        count = -(-len(samples) // FRAME)
        frames = np.zeros((count, FRAME), dtype=np.float32)
        frames.reshape(-1)[: len(samples)] = samples
        context = np.zeros((count, _CONTEXT), dtype=np.float32)
        context[1:] = frames[:-1, -_CONTEXT:]
        hidden = cell = np.zeros((1, 1, 128), dtype=np.float32)
        parts = []
        for start in range(0, count, _BLOCK_FRAMES):
            block = slice(start, start + _BLOCK_FRAMES)
            given = {
                "input": np.concatenate((context[block], frames[block]), axis=1),
                "h": hidden,
                "c": cell,
            }
            found, hidden, cell = self._session.run(None, given)
            parts.append(np.asarray(found, dtype=np.float32).reshape(-1))
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32)
