"""CTranslate2's binary model file, and the way back to OpenAI's names.

A ``model.bin`` of a converted Whisper model holds the tensors of the original checkpoint under
other names, with the query, key and value projections fused. Reading it here means that one
verified file serves both speech engines.

Layout, all little endian (CTranslate2's ``specs/model_spec.py``): uint32 binary version; string
name of the model spec; uint32 spec revision; uint32 number of variables; for each a string name,
uint8 rank, uint32 per dimension, uint8 type, uint32 number of bytes, the values; then uint32
number of aliases, for each two strings (the alias, the variable). A string is uint16 length
including a final NUL, then the bytes.
"""

from __future__ import annotations

import json
import math
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from callcoach.errors import WeightsError
from callcoach.model.recording import FloatArray

BINARY_VERSION = 6  # what CTranslate2 3 and 4 write
SPEC_NAME = "WhisperSpec"
_DTYPES = ("<f4", "<i1", "<i2", "<i4", "<f2")  # by type number; 5 (bfloat16) is unknown to numpy
_MAX_RANK = 8


@dataclass(frozen=True)
class Variable:
    """A named array of the file, in the file's own type and shape (a read-only view)."""

    name: str
    values: npt.NDArray[Any]


@dataclass(frozen=True)
class ModelFile:
    """A file as it was read; ``variables`` in the file's order, aliases resolved at the end."""

    path: Path
    spec: str
    revision: int
    variables: tuple[Variable, ...]


@dataclass(frozen=True)
class WhisperDims:
    """Sizes of a Whisper model; the fields of openai-whisper's ``ModelDimensions``."""

    n_mels: int
    n_audio_ctx: int
    n_audio_state: int
    n_audio_head: int
    n_audio_layer: int
    n_vocab: int
    n_text_ctx: int
    n_text_state: int
    n_text_head: int
    n_text_layer: int


@dataclass(frozen=True)
class Tensor:
    """A weight under openai-whisper's name, float32."""

    name: str
    values: FloatArray


@dataclass(frozen=True)
class WhisperState:
    """All that openai-whisper needs to build the model.

    ``alignment_heads`` are (layer, head) pairs of the decoder whose attention follows the sound;
    ``None`` when the model does not name them (openai-whisper then takes the upper half).
    """

    dims: WhisperDims
    tensors: tuple[Tensor, ...]
    alignment_heads: tuple[tuple[int, int], ...] | None


def read_model(path: Path) -> ModelFile:
    """Read a CTranslate2 model file.

    Raises
    ------
    WeightsError
        If the file cannot be read or is not exactly the layout above, to the last byte.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"cannot read the model file {path}: {error.strerror}") from error
    cursor = _Cursor(path, data)
    version = cursor.number("I")
    if version != BINARY_VERSION:
        raise cursor.error(f"has binary version {version}, expected {BINARY_VERSION}")
    spec = cursor.string()
    revision = cursor.number("I")
    found: dict[str, npt.NDArray[Any]] = {}
    for _ in range(cursor.number("I")):
        name = cursor.string()
        if name in found:
            raise cursor.error(f"holds {name!r} twice")
        found[name] = cursor.array(name)
    for _ in range(cursor.number("I")):
        alias, target = cursor.string(), cursor.string()
        if alias in found or target not in found:
            raise cursor.error(f"has an alias {alias!r} that stands for nothing new")
        found[alias] = found[target]
    cursor.finish()
    return ModelFile(path, spec, revision, tuple(Variable(n, v) for n, v in found.items()))


def read_whisper(folder: Path) -> WhisperState:
    """Read a converted Whisper model: ``model.bin`` and, for the alignment heads, ``config.json``.

    Raises
    ------
    WeightsError
        If a file is missing or malformed, or is not an unquantised Whisper model.
    """
    path = folder / "config.json"
    try:
        heads = json.loads(path.read_text(encoding="utf-8")).get("alignment_heads")
        pairs = None if heads is None else tuple((int(layer), int(head)) for layer, head in heads)
    except OSError as error:
        raise WeightsError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise WeightsError(f"{path} is not the config.json of a Whisper model: {error}") from error
    return whisper_state(read_model(folder / "model.bin"), pairs)


def whisper_state(
    model: ModelFile, alignment_heads: tuple[tuple[int, int], ...] | None
) -> WhisperState:
    """Undo the conversion: OpenAI's tensor names, query, key and value apart, float32.

    CTranslate2 gives the key projection a bias of zeros that the original does not have; it is
    checked and left out.

    Raises
    ------
    WeightsError
        If this is no Whisper model, a tensor is missing or of another shape than its neighbours
        imply, or the file is quantised (the original values are gone then).
    """
    if model.spec != SPEC_NAME:
        raise WeightsError(f"{model.path} holds a {model.spec}, not a Whisper model")
    source = _Source(model)
    dims = _dims(source)
    tensors = (*_encoder(source, dims), *_decoder(source, dims))
    for layer, head in alignment_heads or ():
        if not (0 <= layer < dims.n_text_layer and 0 <= head < dims.n_text_head):
            raise WeightsError(
                f"{model.path.parent / 'config.json'} names alignment head {layer}, {head}, "
                f"but the model has {dims.n_text_layer} layers of {dims.n_text_head} heads"
            )
    return WhisperState(dims, tensors, alignment_heads)


class _Cursor:
    """Reads forward through the bytes and never past their end."""

    def __init__(self, path: Path, data: bytes) -> None:
        self.path = path
        self.data = data
        self.at = 0

    def error(self, text: str) -> WeightsError:
        return WeightsError(
            f"{self.path} {text} (at byte {self.at}): it is damaged or no CTranslate2 model; "
            "get it again"
        )

    def take(self, count: int) -> int:
        """Move over ``count`` bytes; returns where they start."""
        start = self.at
        if count > len(self.data) - start:
            raise self.error("ends too early")
        self.at = start + count
        return start

    def number(self, code: str) -> int:
        start = self.take(struct.calcsize("<" + code))
        return int(struct.unpack_from("<" + code, self.data, start)[0])

    def string(self) -> str:
        length = self.number("H")
        start = self.take(length)
        raw = self.data[start : start + length]
        if raw[-1:] != b"\0" or b"\0" in raw[:-1]:
            raise self.error("has a name without its end mark")
        try:
            return raw[:-1].decode("utf-8")
        except UnicodeDecodeError as error:
            raise self.error("has a name that is no text") from error

    def array(self, name: str) -> npt.NDArray[Any]:
        rank = self.number("B")
        if rank > _MAX_RANK:
            raise self.error(f"gives {name!r} {rank} dimensions")
        shape = tuple(self.number("I") for _ in range(rank))
        kind = self.number("B")
        if kind >= len(_DTYPES):
            raise self.error(f"gives {name!r} the unknown type {kind}")
        dtype = np.dtype(_DTYPES[kind])
        count = math.prod(shape)  # Python integers: no overflow
        size = self.number("I")
        if size != count * dtype.itemsize:
            raise self.error(f"gives {name!r} {size} bytes for the shape {shape}")
        start = self.take(size)
        return np.frombuffer(self.data, dtype, count, start).reshape(shape)

    def finish(self) -> None:
        if self.at != len(self.data):
            raise self.error(f"goes on for {len(self.data) - self.at} bytes after its end")


class _Source:
    """Looks variables up by name and shape."""

    def __init__(self, model: ModelFile) -> None:
        self.path = model.path
        self.by_name = {v.name: v.values for v in model.variables}

    def raw(self, name: str) -> npt.NDArray[Any]:
        if name not in self.by_name:
            raise WeightsError(
                f"{self.path} has no tensor {name!r}: it is no complete Whisper model"
            )
        return self.by_name[name]

    def scalar(self, name: str) -> int:
        values = self.raw(name)
        if values.size != 1:
            raise WeightsError(f"{self.path}: {name!r} should be one number, is {values.shape}")
        return int(values.reshape(()))

    def tensor(self, name: str, *shape: int) -> FloatArray:
        """A weight as float32; a size of -1 takes whatever the file has."""
        values = self.raw(name)
        if values.dtype.kind != "f":
            raise WeightsError(
                f"{self.path} is quantised ({name!r} is {values.dtype}): the openai engine needs "
                "float weights; use the ctranslate2 engine or a float16 conversion"
            )
        fits = len(values.shape) == len(shape) and all(
            want in (-1, have) for want, have in zip(shape, values.shape, strict=True)
        )
        if not fits:
            raise WeightsError(f"{self.path}: {name!r} has shape {values.shape}, expected {shape}")
        return values.astype(np.float32)

    def layers(self, part: str) -> int:
        """Number of consecutive layers of the encoder or decoder."""
        pattern = re.compile(rf"{part}/layer_(\d+)/")
        found = {int(m[1]) for name in self.by_name if (m := pattern.match(name))}
        if not found or found != set(range(len(found))):
            raise WeightsError(f"{self.path}: the {part} has layers {sorted(found)}")
        return len(found)


def _dims(source: _Source) -> WhisperDims:
    audio_state, n_mels, _ = source.tensor("encoder/conv1/weight", -1, -1, 3).shape
    audio_ctx, _ = source.tensor("encoder/position_encodings/encodings", -1, audio_state).shape
    n_vocab, text_state = source.tensor("decoder/embeddings/weight", -1, -1).shape
    text_ctx, _ = source.tensor("decoder/position_encodings/encodings", -1, text_state).shape
    heads = {part: source.scalar(f"{part}/num_heads") for part in ("encoder", "decoder")}
    for part, width in (("encoder", audio_state), ("decoder", text_state)):
        if heads[part] < 1 or width % heads[part]:
            raise WeightsError(f"{source.path}: {heads[part]} heads do not divide {width}")
    return WhisperDims(
        n_mels=n_mels,
        n_audio_ctx=audio_ctx,
        n_audio_state=audio_state,
        n_audio_head=heads["encoder"],
        n_audio_layer=source.layers("encoder"),
        n_vocab=n_vocab,
        n_text_ctx=text_ctx,
        n_text_state=text_state,
        n_text_head=heads["decoder"],
        n_text_layer=source.layers("decoder"),
    )


def _encoder(source: _Source, dims: WhisperDims) -> Iterator[Tensor]:
    width = dims.n_audio_state
    for name, inputs in (("conv1", dims.n_mels), ("conv2", width)):
        weight = source.tensor(f"encoder/{name}/weight", width, inputs, 3)
        yield Tensor(f"encoder.{name}.weight", weight)
        yield Tensor(f"encoder.{name}.bias", source.tensor(f"encoder/{name}/bias", width))
    positions = "encoder/position_encodings/encodings"
    yield Tensor("encoder.positional_embedding", source.tensor(positions, -1, width))
    for index in range(dims.n_audio_layer):
        theirs, ours = f"encoder/layer_{index}", f"encoder.blocks.{index}"
        yield from _self_attention(source, theirs, ours, width)
        yield from _mlp(source, theirs, ours, width)
    yield from _norm(source, "encoder/layer_norm", "encoder.ln_post", width)


def _decoder(source: _Source, dims: WhisperDims) -> Iterator[Tensor]:
    width = dims.n_text_state
    embeddings = source.tensor("decoder/embeddings/weight", -1, width)
    yield Tensor("decoder.token_embedding.weight", embeddings)
    positions = "decoder/position_encodings/encodings"
    yield Tensor("decoder.positional_embedding", source.tensor(positions, -1, width))
    for index in range(dims.n_text_layer):
        theirs, ours = f"decoder/layer_{index}", f"decoder.blocks.{index}"
        yield from _self_attention(source, theirs, ours, width)
        yield from _cross_attention(source, theirs, ours, width)
        yield from _mlp(source, theirs, ours, width)
    yield from _norm(source, "decoder/layer_norm", "decoder.ln", width)


def _self_attention(source: _Source, theirs: str, ours: str, width: int) -> Iterator[Tensor]:
    at = f"{theirs}/self_attention"
    yield from _norm(source, f"{at}/layer_norm", f"{ours}.attn_ln", width)
    fused = (f"{ours}.attn.query", f"{ours}.attn.key", f"{ours}.attn.value")
    yield from _split(source, f"{at}/linear_0", fused, width)
    yield from _linear(source, f"{at}/linear_1", f"{ours}.attn.out", width, width)


def _cross_attention(source: _Source, theirs: str, ours: str, width: int) -> Iterator[Tensor]:
    at = f"{theirs}/attention"
    yield from _norm(source, f"{at}/layer_norm", f"{ours}.cross_attn_ln", width)
    yield from _linear(source, f"{at}/linear_0", f"{ours}.cross_attn.query", width, width)
    fused = (f"{ours}.cross_attn.key", f"{ours}.cross_attn.value")
    yield from _split(source, f"{at}/linear_1", fused, width)
    yield from _linear(source, f"{at}/linear_2", f"{ours}.cross_attn.out", width, width)


def _mlp(source: _Source, theirs: str, ours: str, width: int) -> Iterator[Tensor]:
    hidden = 4 * width  # as in openai-whisper's ResidualAttentionBlock
    yield from _norm(source, f"{theirs}/ffn/layer_norm", f"{ours}.mlp_ln", width)
    yield from _linear(source, f"{theirs}/ffn/linear_0", f"{ours}.mlp.0", hidden, width)
    yield from _linear(source, f"{theirs}/ffn/linear_1", f"{ours}.mlp.2", width, hidden)


def _norm(source: _Source, theirs: str, ours: str, width: int) -> Iterator[Tensor]:
    yield Tensor(f"{ours}.weight", source.tensor(f"{theirs}/gamma", width))
    yield Tensor(f"{ours}.bias", source.tensor(f"{theirs}/beta", width))


def _linear(source: _Source, theirs: str, ours: str, outputs: int, inputs: int) -> Iterator[Tensor]:
    yield Tensor(f"{ours}.weight", source.tensor(f"{theirs}/weight", outputs, inputs))
    yield Tensor(f"{ours}.bias", source.tensor(f"{theirs}/bias", outputs))


def _split(source: _Source, theirs: str, ours: tuple[str, ...], width: int) -> Iterator[Tensor]:
    """Take fused projections apart along the output axis."""
    weight = source.tensor(f"{theirs}/weight", len(ours) * width, width)
    bias = source.tensor(f"{theirs}/bias", len(ours) * width)
    for index, name in enumerate(ours):
        rows = slice(index * width, (index + 1) * width)
        yield Tensor(f"{name}.weight", weight[rows])
        if not name.endswith(".key"):
            yield Tensor(f"{name}.bias", bias[rows])
        elif bias[rows].any():
            raise WeightsError(f"{source.path}: {theirs!r} has a key bias, which Whisper has not")
