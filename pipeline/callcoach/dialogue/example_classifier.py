"""How likely a clause is of each kind, learnt from the example sentences of the phrase book.

One logistic regression for each kind of a family, on what the sentence model makes of a clause and
on its words and runs of up to three words (TF-IDF). The examples of a kind are its positives;
those of the other kinds and its own look-alikes are the negatives. It is fitted when the book is
first loaded, so a team's own examples take part; nothing but the book and the sentence model goes
into it. What was fitted is kept in a folder, because fitting takes a minute.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from callcoach.config.phrasebook import Family, MatchingConfig
from callcoach.text.phrases import spelled_out

if TYPE_CHECKING:
    from callcoach.dialogue.sentence_embeddings import Encoder


Floats = npt.NDArray[np.float32]

NONE = "none"
"""The group of sentences that are of no kind."""

_LONGEST_RUN = 3  # words

_AT_ONCE = 1000  # texts

_FORM = 3  # changes when fits that were kept before can no longer be used


@dataclass(frozen=True)
class _Fit:
    """What was learnt of a family; the arrays as they are kept.

    ``runs`` are the runs of words with their ``idf``; ``centre`` is the mean description of the
    examples, shape (blocks, dims). ``weights`` has a row for each kind: the description's numbers,
    then the runs; ``offsets`` one number. ``rows`` are the sentence rows of the kinds' examples,
    those of a kind together, in the order of the kinds.
    """

    runs: npt.NDArray[np.str_]
    idf: Floats
    centre: Floats
    weights: Floats
    offsets: Floats
    rows: Floats


class ExampleClassifier:
    """The fitted models of a family.

    Parameters
    ----------
    family
        Groups with their examples; the group ``none`` gives negatives alone.
    encoder
        Gives sentence rows and descriptions.
    config
        Weight of the words and strength of the regularisation.
    cache
        Folder in which the fit is kept; ``None`` keeps none.
    """

    def __init__(
        self, family: Family, encoder: Encoder, config: MatchingConfig, cache: Path | None = None
    ) -> None:
        self._encoder = encoder
        self._weight = config.words_weight
        examples = {kind: group.meaning for kind, group in family.items() if group.meaning}
        self._kinds = [kind for kind in examples if kind != NONE] if len(examples) > 1 else []
        fit = _kept(family, self._kinds, encoder, config, cache)
        self._vectoriser = _vectoriser(fit)
        self._fit = fit
        self._examples: dict[str, tuple[Sequence[str], Floats]] = {}
        start = 0
        for kind in self._kinds:
            end = start + len(examples[kind])
            self._examples[kind] = (examples[kind], fit.rows[start:end])
            start = end

    def shares(self, clauses: Sequence[str]) -> list[dict[str, float]]:
        """The probability of each kind, 0..1, for each clause; the kinds do not exclude."""
        if not clauses or not self._kinds:
            return [{} for _ in clauses]
        described = _blocks(self._encoder.describe(clauses), self._fit.centre)
        dims = described.shape[1]
        weights = self._fit.weights
        words = self._vectoriser.transform(clauses) * self._weight
        sums = described @ weights[:, :dims].T + words @ weights[:, dims:].T + self._fit.offsets
        shares = 1 / (1 + np.exp(-sums))
        return [
            {kind: float(share) for kind, share in zip(self._kinds, row, strict=True)}
            for row in shares
        ]

    def nearest(self, kind: str, clause: str) -> tuple[str, float]:
        """The example of a kind that is nearest in meaning to a clause, and their cosine."""
        lines, rows = self._examples[kind]
        cosines = rows @ self._encoder.encode((clause,))[0]
        best = int(np.argmax(cosines))
        return lines[best], float(cosines[best])


def _bounded(text: str) -> str:
    """A text spelled out, with marks for its beginning and end: "can you ..." asks there."""
    return f"<s> {spelled_out(text)} </s>"


def _blocks(described: Floats, centre: Floats) -> Floats:
    """Descriptions as rows for the regression: each block about its centre, of length 1."""
    away = described - centre
    norms = np.linalg.norm(away, axis=2, keepdims=True)
    unit = away / np.maximum(norms, np.float32(1e-9))
    rows: Floats = unit.reshape(len(unit), -1).astype(np.float32)
    return rows


def _fitted(family: Family, kinds: Sequence[str], encoder: Encoder, config: MatchingConfig) -> _Fit:
    from scipy import sparse

    texts = tuple(
        dict.fromkeys(text for group in family.values() for text in (*group.meaning, *group.unlike))
    )
    place = {text: index for index, text in enumerate(texts)}
    encoded, described = _encoded(texts, encoder)
    centre = described.mean(axis=0)
    words = _new_vectoriser()
    runs = words.fit_transform(texts) * config.words_weight
    features = sparse.hstack([sparse.csr_matrix(_blocks(described, centre)), runs]).tocsr()
    weights, offsets = [], []
    for kind in kinds:
        own = set(family[kind].meaning)
        others = (t for other, group in family.items() if other != kind for t in group.meaning)
        negative = [place[t] for t in (*others, *family[kind].unlike) if t not in own]
        rows = [*(place[text] for text in family[kind].meaning), *negative]
        truth = np.arange(len(rows)) < len(rows) - len(negative)
        model = _regression(config).fit(features[rows], truth)
        weights.append(model.coef_[0])
        offsets.append(model.intercept_[0])
    examples = [place[text] for kind in kinds for text in family[kind].meaning]
    width = features.shape[1]
    return _Fit(
        runs=words.get_feature_names_out().astype(np.str_),
        idf=words.idf_.astype(np.float32),
        centre=centre,
        weights=np.array(weights, np.float32).reshape(len(kinds), width),
        offsets=np.array(offsets, np.float32),
        rows=encoded[examples],
    )


def _encoded(texts: Sequence[str], encoder: Encoder) -> tuple[Floats, Floats]:
    """Rows and descriptions, a few at a time: what was just encoded is described without work."""
    parts = [texts[first : first + _AT_ONCE] for first in range(0, len(texts), _AT_ONCE)]
    both = [(encoder.encode(part), encoder.describe(part)) for part in parts]
    return np.concatenate([rows for rows, _ in both]), np.concatenate([many for _, many in both])


def _regression(config: MatchingConfig) -> Any:
    from sklearn.linear_model import LogisticRegression

    # A kind with few examples must not count for less than one with many. The dual form has the
    # same solution and comes to it eight times sooner, since there are more columns than rows.
    return LogisticRegression(
        C=config.fit_strength,
        class_weight="balanced",
        solver="liblinear",
        dual=True,
        max_iter=1000,
        random_state=0,
    )


def _new_vectoriser(runs: Sequence[str] | None = None) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(
        ngram_range=(1, _LONGEST_RUN),
        token_pattern=r"\S+",
        sublinear_tf=True,
        lowercase=False,
        preprocessor=_bounded,
        vocabulary=runs,
    )


def _vectoriser(fit: _Fit) -> Any:
    words = _new_vectoriser(fit.runs.tolist())
    words.idf_ = fit.idf.astype(np.float64)
    return words


def _kept(
    family: Family,
    kinds: Sequence[str],
    encoder: Encoder,
    config: MatchingConfig,
    cache: Path | None,
) -> _Fit:
    """The fit, from the folder where it holds the one of these examples and this model."""
    if cache is None:
        return _fitted(family, kinds, encoder, config)
    from filelock import FileLock

    groups = {kind: (group.meaning, group.unlike) for kind, group in family.items()}
    settings = (_FORM, encoder.name, config.words_weight, config.fit_strength)
    key = hashlib.sha256(json.dumps([settings, groups]).encode()).hexdigest()
    path = cache / f"{key}.npz"
    try:
        cache.mkdir(parents=True, exist_ok=True, mode=0o700)
        with FileLock(cache / "fits.lock"):
            fit = _read(path) if path.is_file() else None
            if fit is None:
                fit = _fitted(family, kinds, encoder, config)
                half = path.with_suffix(f".{os.getpid()}.tmp")
                with half.open("wb") as file:
                    np.savez(file, *astuple(fit))
                half.replace(path)
            return fit
    except OSError:  # a folder that cannot be written costs time, no result
        return _fitted(family, kinds, encoder, config)


def _read(path: Path) -> _Fit | None:
    import zipfile

    try:
        with np.load(path, allow_pickle=False) as file:
            return _Fit(*(file[f"arr_{index}"] for index in range(6)))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
