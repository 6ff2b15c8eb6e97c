"""What sentences mean: embeddings of texts as unit vectors.

The cosine of two texts is the dot product of their rows. A text always gets the same row, to the
last bit, whatever it is encoded with: matrix products round differently for other shapes, so the
shapes depend on the text alone. Nothing is ever downloaded.
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
CACHE_TEXTS = 20_000  # 30 MB of 384 numbers each


class Encoder(Protocol):
    """A sentence model. ``encode`` gives one unit row for each text, in order: (n, dims)."""

    @property
    def name(self) -> str:
        """What the model is called."""
        ...

    def encode(self, texts: Sequence[str]) -> Rows:
        """Rows of length 1 for the texts, float32 of shape (n, dims)."""
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
        self._dims = int(model.encode(["a"], show_progress_bar=False).shape[1])

    def encode(self, texts: Sequence[str]) -> Rows:
        """Rows of length 1 for the texts, float32 of shape (n, dims)."""
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
            return np.zeros((0, self._dims), np.float32)
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
            with torch.inference_mode():
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
        rows: Rows = self._model(dict(tokens))["sentence_embedding"].numpy().astype(np.float32)
        rows = rows[: len(texts)]
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        unit: Rows = rows / np.maximum(norms, np.float32(1e-9))
        return unit


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
