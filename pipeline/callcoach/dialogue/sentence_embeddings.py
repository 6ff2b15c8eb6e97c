"""What sentences mean: embeddings of texts as unit vectors, and what the model makes on the way.

The cosine of two texts is the dot product of their rows. The rows are made to be alike where texts
speak of the same thing; what a sentence does (asks, refuses, complains) is seen better in earlier
layers and in single tokens. So each text also has a description: means and maxima over its tokens
at several layers.

A text always gets the same numbers, to the last bit, whatever it is encoded with: matrix products
round differently for other shapes, so the shapes depend on the text alone. Nothing is ever
downloaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.float32]

BATCH_ROWS = 8  # every batch has as many rows; what is missing is filled up

LENGTH_STEP = 4  # texts are padded to the next multiple of so many tokens

CACHE_TEXTS = 20_000
"""Texts whose rows are kept: those of a dialogue of 5,000 turns (about 13,000 clauses). Fewer would
be made again and again in a longer one. 184 MB at most, of six times 384 numbers each."""

# Layers of a description, as shares of the model's depth. For the six layers of MiniLM these are 2,
# 4 and 6. On turns that no example was written from, mean average precision over the kinds of
# concern rose from 0.80 (sentence row alone) to 0.86 with them, over the kinds of response by 0.02.
MEANS_AT = (1 / 3, 2 / 3, 1.0)

MAXIMA_AT = (2 / 3, 1.0)


class Encoder(Protocol):
    """A sentence model.

    ``encode`` gives one unit row for each text, in order: (n, dims). ``describe`` gives several:
    (n, blocks, dims).
    """

    @property
    def name(self) -> str:
        """What the model is called."""
        ...

    def encode(self, texts: Sequence[str]) -> Rows:
        """Rows of length 1 for the texts, float32 of shape (n, dims)."""
        ...

    def describe(self, texts: Sequence[str]) -> Rows:
        """Blocks of any length for the texts, float32 of shape (n, blocks, dims)."""
        ...


class SentenceEncoder:
    """A ``sentence-transformers`` model in a local folder; rows are kept per text.

    Use :func:`load_encoder`. One thread only: the rows do not depend on the number of cores then,
    and waiting threads do not slow each other down where workers share a machine.
    """

    def __init__(self, model: Any, name: str) -> None:
        self.name = name
        self._model = model
        self._rows: dict[str, Rows] = {}
        self._layered = _ask_for_layers(model)
        self._shape = self._batch(["a"], LENGTH_STEP).shape[1:]

    def encode(self, texts: Sequence[str]) -> Rows:
        """Rows of length 1 for the texts, float32 of shape (n, dims)."""
        return self._all(texts)[:, 0]

    def describe(self, texts: Sequence[str]) -> Rows:
        """Means and maxima over the tokens at several layers, float32 of shape (n, blocks, dims).

        The rows of :meth:`encode` as the only block where the model is no transformer.
        """
        each = self._all(texts)
        return each[:, 1:] if self._layered else each

    def _all(self, texts: Sequence[str]) -> Rows:
        """The sentence row, then the description: (n, 1 + blocks, dims)."""
        found: dict[str, Rows] = {}
        new = []
        for text in dict.fromkeys(texts):
            row = self._rows.pop(text, None)
            if row is None:
                new.append(text)
            else:
                found[text] = row
        found.update(self._encoded(new))
        self._rows.update(found)  # used last stands last
        for oldest in list(self._rows)[: max(0, len(self._rows) - CACHE_TEXTS)]:
            del self._rows[oldest]
        if not texts:
            return np.zeros((0, *self._shape), np.float32)
        return np.stack([found[text] for text in texts])

    def _encoded(self, texts: Sequence[str]) -> dict[str, Rows]:
        import torch

        if not texts:
            return {}
        most = int(self._model.max_seq_length or 512)
        tokens = self._model.tokenizer(list(texts), truncation=True, max_length=most)["input_ids"]
        batches: dict[int, list[str]] = {}
        for text, ids in zip(texts, tokens, strict=True):
            length = min(most, -(-len(ids) // LENGTH_STEP) * LENGTH_STEP)
            batches.setdefault(length, []).append(text)
        rows: dict[str, Rows] = {}
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            for length, same in batches.items():
                for first in range(0, len(same), BATCH_ROWS):
                    part = same[first : first + BATCH_ROWS]
                    rows.update(zip(part, self._batch(part, length), strict=True))
        finally:
            torch.set_num_threads(threads)
        return rows

    def _batch(self, texts: list[str], length: int) -> Rows:
        filled = texts + texts[:1] * (BATCH_ROWS - len(texts))
        tokens = self._model.tokenizer(
            filled, padding="max_length", truncation=True, max_length=length, return_tensors="pt"
        )
        import torch

        with torch.inference_mode():
            made = self._model(dict(tokens))
            rows = made["sentence_embedding"]
            blocks = [rows / rows.norm(dim=1, keepdim=True).clamp(min=1e-9)]
            if self._layered:
                blocks += _described(made["all_layer_embeddings"], made["attention_mask"])
        result: Rows = torch.stack(blocks, dim=1)[: len(texts)].numpy().astype(np.float32)
        return result


def _ask_for_layers(model: Any) -> bool:
    """Have the model hand out its layers; whether it has any."""
    inner = getattr(model[0], "auto_model", None)
    if inner is None:
        return False
    inner.config.output_hidden_states = True
    return True


def _described(layers: Any, attention: Any) -> list[Any]:
    """Means and maxima over the tokens of each text, padding left out."""
    mask = attention.unsqueeze(-1).to(layers[0].dtype)
    deepest = len(layers) - 1

    def at(share: float) -> Any:
        return layers[round(share * deepest)]

    means = [(at(share) * mask).sum(1) / mask.sum(1).clamp(min=1) for share in MEANS_AT]
    # A large negative number instead of padding: it is never the largest.
    maxima = [(at(share) - 1e9 * (1 - mask)).amax(1) for share in MAXIMA_AT]
    return means + maxima


def load_encoder(path: Path, name: str = "") -> SentenceEncoder:
    """Load a ``sentence-transformers`` folder with weights in the safetensors format.

    Takes about 5 s the first time in a process, nearly all of it for importing the library. The
    name defaults to the folder's.

    Raises
    ------
    OSError
        If the folder does not hold such a model.
    """
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    quiet: Any = logging  # the function has no types
    quiet.disable_progress_bar()
    model = SentenceTransformer(
        str(path),
        device="cpu",
        local_files_only=True,
        trust_remote_code=False,
        model_kwargs={"use_safetensors": True},
    )
    return SentenceEncoder(model.eval(), name or path.resolve().name)
