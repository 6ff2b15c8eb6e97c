"""Learning from the examples of the phrase book: one logistic regression for each kind.

The examples of a kind are its positives; those of the other kinds and its own look-alikes are the
negatives. Nothing but the book, the sentence model and two settings goes into it. As a command it
makes the shipped fits again:

    python -m callcoach.dialogue.fitting
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from callcoach.config.phrasebook import Family, MatchingConfig
from callcoach.dialogue.example_classifier import blocks, kinds_of
from callcoach.dialogue.example_fit import (
    ROW_STEPS,
    ExampleFit,
    Floats,
    ShippedFit,
    fit_key,
    shipped_path,
    texts_of,
    write_shipped,
)
from callcoach.dialogue.word_runs import RunWeights, learn_runs

if TYPE_CHECKING:
    from callcoach.dialogue.sentence_embeddings import Encoder

_AT_ONCE = 1000  # texts
_DUAL_TOLERANCE = 1e-12  # relative; the weights come out right to 1e-7
_MOST_STEPS = 5000  # of the solver of the dual form, which took 300


def fitted(
    family: Family, kinds: Sequence[str], encoder: Encoder, config: MatchingConfig
) -> ExampleFit:
    """Learn the ``kinds`` of a family from its examples."""
    from scipy import sparse

    texts = texts_of(family)
    place = {text: index for index, text in enumerate(texts)}
    encoded, described = _encoded(texts, encoder)
    centre = described.mean(axis=0)
    runs, weights = learn_runs(texts)
    meaning = blocks(described, centre)
    words = _matrix(weights, len(runs.runs), config.words_weight)
    features = sparse.hstack([sparse.csr_matrix(meaning), words]).tocsr()
    found, offsets = [], []
    for kind in kinds:
        own = set(family[kind].meaning)
        others = (t for other, group in family.items() if other != kind for t in group.meaning)
        negative = [place[t] for t in (*others, *family[kind].unlike) if t not in own]
        rows = [*(place[text] for text in family[kind].meaning), *negative]
        truth = np.arange(len(rows)) < len(rows) - len(negative)
        model = _regression(config).fit(features[rows], truth)
        found.append(model.coef_[0])
        offsets.append(model.intercept_[0])
    fit = np.array(found, np.float32).reshape(len(kinds), features.shape[1])
    examples = [place[text] for kind in kinds for text in family[kind].meaning]
    return ExampleFit(
        runs=runs,
        centre=centre,
        # Whole arrays, as they are read back: products of views are rounded in another way.
        meaning=fit[:, : meaning.shape[1]].copy(),
        words=fit[:, meaning.shape[1] :].copy(),
        offsets=np.array(offsets, np.float32),
        rows=encoded[examples],
    )


def packed(fit: ExampleFit, texts: Sequence[str], words_weight: float) -> ShippedFit:
    """A fit made small, for these texts; ``ShippedFit.unpacked`` undoes it."""
    from scipy.sparse.linalg import lsmr

    _, weights = learn_runs(texts)
    across = _matrix(weights, len(fit.runs.runs), words_weight).T.tocsr()
    duals = [
        lsmr(across, row.astype(np.float64), atol=_DUAL_TOLERANCE, btol=_DUAL_TOLERANCE,
             maxiter=_MOST_STEPS)[0]
        for row in fit.words
    ]  # fmt: skip
    reach = np.abs(fit.rows).max(axis=0)
    steps = np.round((fit.rows / np.maximum(reach, 1e-9) + 1) * (ROW_STEPS / 2)).astype(np.uint8)
    return ShippedFit(
        centre=fit.centre,
        meaning=fit.meaning,
        offsets=fit.offsets,
        duals=np.array(duals, np.float32),
        steps=steps[:, ::2] << 4 | steps[:, 1::2],
        reach=reach,
    )


def _matrix(weights: RunWeights, width: int, times: float) -> Any:
    from scipy import sparse

    shape = (weights.texts, width)
    entries = (weights.values * times, (weights.rows, weights.columns))
    return sparse.csr_matrix(entries, shape=shape)


def _encoded(texts: Sequence[str], encoder: Encoder) -> tuple[Floats, npt.NDArray[np.float32]]:
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


def main() -> None:
    """Fit the shipped phrase book anew and write what is shipped of it."""
    from callcoach.config.phrasebook import PhraseBook, shipped_book
    from callcoach.dialogue.sentence_embeddings import load_encoder
    from callcoach.speech.catalogue import SENTENCES
    from callcoach.speech.weights import find_model

    model = find_model(SENTENCES)
    encoder = load_encoder(model.folder, model.title)
    book, config = shipped_book(), MatchingConfig()
    for name in PhraseBook.model_fields:
        family = book.family(name)
        kinds = kinds_of(family)
        if kinds:
            texts = texts_of(family)
            fit = packed(fitted(family, kinds, encoder, config), texts, config.words_weight)
            path = shipped_path(name)
            write_shipped(fit, fit_key(family, encoder.name, config), path)
            print(f"{path}: {len(texts)} texts, {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
