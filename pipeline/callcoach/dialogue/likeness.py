"""How likely a clause is of each kind, learnt from the example sentences of the phrase book.

One logistic regression for each kind of a family, on the sentence embedding and on the words and
runs of up to three words (TF-IDF) of a clause. The examples of a kind are its positives; those of
the other kinds and its own look-alikes are the negatives. It is fitted when the book is loaded, so
a team's own examples take part; nothing but the book and the sentence model goes into it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from callcoach.dialogue.phrases import spelled_out
from callcoach.settings.phrasebook import Family, MatchingConfig

if TYPE_CHECKING:
    from callcoach.dialogue.meaning import Encoder

NONE = "none"
"""The group of sentences that are of no kind."""

_LONGEST_RUN = 3  # words


class Likeness:
    """The fitted models of a family.

    Parameters
    ----------
    family
        Groups with their examples; the group ``none`` gives negatives alone.
    encoder
        Gives the embeddings.
    config
        Weight of the words and strength of the regularisation.
    cache
        Folder in which the examples' embeddings are kept; ``None`` keeps none. Embedding some
        thousand sentences takes half a minute, reading them no time.
    """

    def __init__(
        self, family: Family, encoder: Encoder, config: MatchingConfig, cache: Path | None = None
    ) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._encoder = encoder
        examples = {kind: group.meaning for kind, group in family.items() if group.meaning}
        texts = tuple(
            dict.fromkeys(
                text for group in family.values() for text in (*group.meaning, *group.unlike)
            )
        )
        rows = _embedded(texts, encoder, cache)
        self._words = TfidfVectorizer(
            ngram_range=(1, _LONGEST_RUN),
            min_df=2,  # a run of words that is there once says nothing about others
            token_pattern=r"\S+",
            sublinear_tf=True,
            lowercase=False,
            preprocessor=_bounded,
        ).fit(texts)
        self._weight = config.words_weight
        features = self._joined(texts, rows)
        place = {text: index for index, text in enumerate(texts)}
        self._models: dict[str, Any] = {}
        self._examples: dict[str, tuple[Sequence[str], npt.NDArray[np.float32]]] = {}
        for kind, own in examples.items():
            if kind == NONE or len(examples) < 2:
                continue
            others = [t for other, lines in examples.items() if other != kind for t in lines]
            self._models[kind] = _fitted(
                features,
                [place[text] for text in own],
                [place[t] for t in (*others, *family[kind].unlike) if t not in set(own)],
                config,
            )
            self._examples[kind] = (own, rows[[place[text] for text in own]])

    def shares(self, clauses: Sequence[str]) -> list[dict[str, float]]:
        """The probability of each kind, 0..1, for each clause; the kinds do not exclude."""
        if not clauses or not self._models:
            return [{} for _ in clauses]
        features = self._joined(clauses, self._encoder.encode(clauses))
        columns = {
            kind: model.predict_proba(features)[:, 1] for kind, model in self._models.items()
        }
        return [
            {kind: float(column[index]) for kind, column in columns.items()}
            for index in range(len(clauses))
        ]

    def nearest(self, kind: str, clause: str) -> tuple[str, float]:
        """The example of a kind that is nearest in meaning to a clause, and their cosine."""
        lines, rows = self._examples[kind]
        cosines = rows @ self._encoder.encode((clause,))[0]
        best = int(np.argmax(cosines))
        return lines[best], float(cosines[best])

    def _joined(self, texts: Sequence[str], rows: npt.NDArray[np.float32]) -> Any:
        from scipy import sparse

        words = self._words.transform(texts) * self._weight
        return sparse.hstack([sparse.csr_matrix(rows.astype(np.float64)), words]).tocsr()


def _bounded(text: str) -> str:
    """A text spelled out, with marks for its beginning and end: "can you ..." asks there."""
    return f"<s> {spelled_out(text)} </s>"


def _fitted(
    features: Any, positive: Sequence[int], negative: Sequence[int], config: MatchingConfig
) -> Any:
    from sklearn.linear_model import LogisticRegression

    rows = [*positive, *negative]
    truth = np.arange(len(rows)) < len(positive)
    # A kind with few examples must not count for less than one with many.
    model = LogisticRegression(
        C=config.fit_strength, class_weight="balanced", solver="liblinear", random_state=0
    )
    return model.fit(features[rows], truth)


def _embedded(
    texts: Sequence[str], encoder: Encoder, cache: Path | None
) -> npt.NDArray[np.float32]:
    """Rows of the texts; from the cache where it holds these texts by this model."""
    if cache is None:
        return encoder.encode(texts)
    from filelock import FileLock

    key = hashlib.sha256("\n".join((encoder.name, *texts)).encode()).hexdigest()
    path = cache / f"{key}.npy"
    try:
        cache.mkdir(parents=True, exist_ok=True, mode=0o700)
        with FileLock(cache / "examples.lock"):
            if path.is_file():
                rows = _read(path)
                if rows is not None and len(rows) == len(texts):
                    return rows
            rows = encoder.encode(texts)
            half = path.with_suffix(f".{os.getpid()}.tmp")
            with half.open("wb") as file:
                np.save(file, rows)
            half.replace(path)
            return rows
    except OSError:  # a folder that cannot be written costs time, no result
        return encoder.encode(texts)


def _read(path: Path) -> npt.NDArray[np.float32] | None:
    try:
        rows: npt.NDArray[np.float32] = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return rows if rows.ndim == 2 and rows.dtype == np.float32 else None
