"""Speaker embeddings: vectors that lie close together for speech of one person.

The network is CAM++ (H. Wang et al., "CAM++: A Fast and Efficient Network for Speaker
Verification Using Context-Aware Masking", Interspeech 2023), written here from the paper and the
names of the weights: a small residual network over the spectrogram, a densely connected
time-delay network whose layers are masked by their context, statistics pooling. The weights are
those of 3D-Speaker, trained on 200 000 Chinese and English speakers (Apache-2.0).

Departure from the paper: the frames of a stretch of speech go through the network once, and each
window pools its own part of them. Windows may then overlap at no cost.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from callcoach.audio.decode import ANALYSIS_RATE_HZ
from callcoach.model.analysis import ModelUse
from callcoach.model.recording import FloatArray
from callcoach.model.timeline import Span

_BANDS = 80
_FRAME, _HOP, _FFT = 400, 160, 512  # samples: 25 ms, 10 ms, as the network was trained
_LOW_HZ, _HIGH_HZ = 20.0, 8000.0
_PREEMPHASIS = 0.97
_FLOOR = float(np.finfo(np.float32).eps)
_STEP_S = 0.020  # of the network's frames: it halves the rate
_LEAST_FRAMES = 64  # shorter stretches get silence around them
_SEGMENT = 100  # network frames of the local context
_RESIDUALS = ("head.layer1.0", "head.layer1.1", "head.layer2.0", "head.layer2.1")
_GROWTH = 32  # channels that a dense layer adds
_BLOCKS = ((12, 1), (24, 2), (16, 2))  # layers and dilation of the dense blocks

Vectors = npt.NDArray[np.float32]


class Campplus:
    """The network with its weights, on one thread so that a call gives the same on every run.

    ``path`` is the file of the weights, its hash verified; ``model`` says what it is.
    """

    def __init__(self, path: Path, model: ModelUse) -> None:
        import torch

        self.model = model
        state = torch.load(path, map_location="cpu", weights_only=True)
        self._weights: dict[str, Any] = _folded(state)
        self._filters = _mel_filters()

    def embed(self, speech: FloatArray, windows: Sequence[Span]) -> Vectors:
        """Vectors of windows of a stretch of speech.

        Parameters
        ----------
        speech
            One channel at 16 kHz, shape ``(n,)``; seconds long, best of one person.
        windows
            Seconds from the start of ``speech``; 1.5 s and more tell most.

        Returns
        -------
        ndarray, shape (len(windows), 192)
            Of length 1: their inner product is the cosine similarity.
        """
        import torch

        energies = _log_mel(speech, self._filters)
        before = max(0, _LEAST_FRAMES - len(energies)) // 2
        after = max(0, _LEAST_FRAMES - len(energies) - before)
        energies -= energies.mean(axis=0)  # takes the line's frequency response out
        energies = np.pad(energies, ((before, after), (0, 0)))
        with torch.inference_mode(), _one_thread():
            frames = self._frames(torch.from_numpy(energies[None])).double()
            zero = frames.new_zeros(len(frames), 1)
            sums = torch.cat((zero, frames.cumsum(1)), 1)
            squares = torch.cat((zero, (frames**2).cumsum(1)), 1)
            total = frames.shape[1]
            lead_s = before * _HOP / ANALYSIS_RATE_HZ
            bounds = [
                (round((w.start_s + lead_s) / _STEP_S), round((w.end_s + lead_s) / _STEP_S))
                for w in windows
            ]
            first = torch.tensor([min(max(a, 0), total - 2) for a, _ in bounds])
            last = torch.tensor(
                [min(max(b, int(a) + 2), total) for a, (_, b) in zip(first, bounds, strict=True)]
            )
            count = (last - first).double()
            mean = (sums[:, last] - sums[:, first]) / count
            variance = (squares[:, last] - squares[:, first] - count * mean**2) / (count - 1)
            pooled = torch.cat((mean, variance.clamp_min(0).sqrt())).T.float()
            vectors = torch.nn.functional.linear(
                pooled, self._weights["dense.weight"], self._weights["dense.bias"]
            )
            return np.asarray(torch.nn.functional.normalize(vectors), dtype=np.float32)

    def _frames(self, energies: Any) -> Any:
        """Network frames, shape (512, ceil(t / 2)), of energies of shape (1, t, 80)."""
        import torch
        from torch.nn import functional as nn

        w = self._weights
        x = energies.transpose(1, 2)[:, None].contiguous(memory_format=torch.channels_last)
        x = nn.conv2d(x, w["head.conv1.weight"], w["head.conv1.bias"], padding=1).relu_()
        for block in _RESIDUALS:
            x = self._residual(x, block)
        x = nn.conv2d(
            x, w["head.conv2.weight"], w["head.conv2.bias"], stride=(2, 1), padding=1
        ).relu_()
        x = x.contiguous().flatten(1, 2)[0]
        x = nn.conv1d(x, w["tdnn.weight"], w["tdnn.bias"], stride=2, padding=2).relu_()
        for number, (layers, dilation) in enumerate(_BLOCKS, 1):
            # Each layer adds channels below those before it.
            filled = len(x)
            channels = x.new_empty(filled + layers * _GROWTH, x.shape[1])
            channels[:filled] = x
            for layer in range(1, layers + 1):
                name = f"block{number}.tdnnd{layer}"
                given = self._scaled(channels[:filled], f"{name}.nonlinear1")
                channels[filled : filled + _GROWTH] = self._masked(given, name, dilation)
                filled += _GROWTH
            x = channels
            x = w[f"transit{number}.weight"] @ self._scaled(x, f"transit{number}")
        return self._scaled(x, "out_nonlinear")

    def _residual(self, x: Any, name: str) -> Any:
        from torch.nn import functional as nn

        w = self._weights
        stride = (2, 1) if f"{name}.shortcut.weight" in w else (1, 1)
        conv1, conv2 = f"{name}.conv1", f"{name}.conv2"
        y = nn.conv2d(x, w[f"{conv1}.weight"], w[f"{conv1}.bias"], stride=stride, padding=1)
        y = nn.conv2d(y.relu_(), w[f"{conv2}.weight"], w[f"{conv2}.bias"], padding=1)
        if stride != (1, 1):
            x = nn.conv2d(x, w[f"{name}.shortcut.weight"], w[f"{name}.shortcut.bias"], stride)
        return y.add_(x).relu_()

    def _masked(self, x: Any, name: str, dilation: int) -> Any:
        """A layer's new channels: a convolution, masked by the mean of all and of near frames."""
        import torch
        from torch.nn import functional as nn

        w = self._weights
        y = torch.addmm(w[f"{name}.linear1.bias"], w[f"{name}.linear1.weight"], x).relu_()
        near = nn.avg_pool1d(y, _SEGMENT, _SEGMENT, ceil_mode=True)
        context = near + y.mean(-1, keepdim=True)
        cam = f"{name}.cam_layer"
        context = (w[f"{cam}.linear1.weight"] @ context).add_(w[f"{cam}.linear1.bias"]).relu_()
        mask = (w[f"{cam}.linear2.weight"] @ context).add_(w[f"{cam}.linear2.bias"]).sigmoid_()
        mask = mask.repeat_interleave(_SEGMENT, -1)[..., : y.shape[-1]]
        local = nn.conv1d(y, w[f"{cam}.linear_local.weight"], padding=dilation, dilation=dilation)
        return local.mul_(mask)

    def _scaled(self, x: Any, name: str) -> Any:
        import torch

        bias, weight = self._weights[f"{name}.bias"], self._weights[f"{name}.scale"]
        return torch.addcmul(bias, x, weight).relu_()


def _folded(state: dict[str, Any]) -> dict[str, Any]:
    """The weights with every batch normalisation as one scale and bias, in convolutions if it can.

    Normalisation with fixed statistics is ``x * scale + bias``; after a convolution both go into
    its own weight and bias (eps 1e-5, PyTorch's default).
    """
    import torch

    def scale_and_bias(norm: str) -> tuple[Any, Any]:
        deviation = torch.sqrt(state[f"{norm}.running_var"] + 1e-5)
        weight = state.get(f"{norm}.weight", torch.ones_like(deviation))
        scale = weight / deviation
        bias = state.get(f"{norm}.bias", torch.zeros_like(deviation))
        return scale, bias - state[f"{norm}.running_mean"] * scale

    folded: dict[str, Any] = {}

    def fold(conv: str, norm: str, name: str) -> None:
        scale, bias = scale_and_bias(norm)
        weight = state[f"{conv}.weight"]
        folded[f"{name}.weight"] = weight * scale.reshape(-1, *[1] * (weight.dim() - 1))
        folded[f"{name}.bias"] = bias

    def keep(norm: str, name: str) -> None:
        scale, bias = scale_and_bias(norm)
        folded[f"{name}.scale"], folded[f"{name}.bias"] = scale[:, None], bias[:, None]

    fold("head.conv1", "head.bn1", "head.conv1")
    fold("head.conv2", "head.bn2", "head.conv2")
    for block in _RESIDUALS:
        fold(f"{block}.conv1", f"{block}.bn1", f"{block}.conv1")
        fold(f"{block}.conv2", f"{block}.bn2", f"{block}.conv2")
        if f"{block}.shortcut.0.weight" in state:
            fold(f"{block}.shortcut.0", f"{block}.shortcut.1", f"{block}.shortcut")
    fold("xvector.tdnn.linear", "xvector.tdnn.nonlinear.batchnorm", "tdnn")
    for number, (layers, _) in enumerate(_BLOCKS, 1):
        for layer in range(1, layers + 1):
            name = f"block{number}.tdnnd{layer}"
            keep(f"xvector.{name}.nonlinear1.batchnorm", f"{name}.nonlinear1")
            norm = f"xvector.{name}.nonlinear2.batchnorm"
            fold(f"xvector.{name}.linear1", norm, f"{name}.linear1")
            cam = f"{name}.cam_layer"
            folded[f"{cam}.linear_local.weight"] = state[f"xvector.{cam}.linear_local.weight"]
            for part in ("linear1", "linear2"):
                folded[f"{cam}.{part}.weight"] = state[f"xvector.{cam}.{part}.weight"]
                folded[f"{cam}.{part}.bias"] = state[f"xvector.{cam}.{part}.bias"]
        keep(f"xvector.transit{number}.nonlinear.batchnorm", f"transit{number}")
        folded[f"transit{number}.weight"] = state[f"xvector.transit{number}.linear.weight"]
    keep("xvector.out_nonlinear.batchnorm", "out_nonlinear")
    fold("xvector.dense.linear", "xvector.dense.nonlinear.batchnorm", "dense")
    for key, value in folded.items():
        # Convolutions over one frame are matrix products, with biases as columns.
        if value.dim() == 3 and value.shape[-1] == 1:
            folded[key] = value[..., 0]
        elif value.dim() == 1 and ".linear" in key:
            folded[key] = value[:, None]
        elif value.dim() == 4:
            folded[key] = value.contiguous(memory_format=torch.channels_last)
    return folded


def _log_mel(speech: FloatArray, filters: Vectors) -> Vectors:
    """Log energies of 80 mel bands, shape (n / 160 + 1, 80), as Kaldi's ``fbank`` gives them.

    25 ms frames every 10 ms, each without its mean, pre-emphasised, in a "Povey" window (a Hann
    window to the power of 0.85). Frames are centred here, and nothing is dithered.
    """
    padded = np.pad(speech.astype(np.float32), _FRAME // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FRAME)[::_HOP]
    frames = frames - frames.mean(axis=1, keepdims=True)
    frames = frames - _PREEMPHASIS * np.concatenate((frames[:, :1], frames[:, :-1]), axis=1)
    window = np.hanning(_FRAME) ** 0.85
    power = np.abs(np.fft.rfft(frames * window, _FFT, axis=1)) ** 2
    # einsum's own loop: its order of sums does not follow the number of threads.
    bands = np.einsum("ij,kj->ik", power.astype(np.float32), filters, optimize=False)
    energies: Vectors = np.log(np.maximum(bands, _FLOOR)).astype(np.float32)
    return energies


def _mel_filters() -> Vectors:
    """Triangles on the mel scale ``1127 ln(1 + f / 700)``, shape (80, 257)."""

    def mel(hz: Any) -> Any:
        return 1127.0 * np.log1p(np.asarray(hz) / 700.0)

    edges = np.linspace(mel(_LOW_HZ), mel(_HIGH_HZ), _BANDS + 2)
    at = mel(np.fft.rfftfreq(_FFT, 1 / ANALYSIS_RATE_HZ))
    rising = (at - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - at) / np.diff(edges)[1:, None]
    filters: Vectors = np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32)
    return filters


@contextmanager
def _one_thread() -> Iterator[None]:
    """PyTorch on one thread; other engines of this process get their number back."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
