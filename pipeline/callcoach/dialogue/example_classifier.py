"""How likely a clause is of each kind, learnt from the example sentences of the phrase book.

One logistic regression for each kind of a family, on what the sentence model makes of a clause and
on its words and runs of up to three words (TF-IDF). What was learnt of the shipped examples is
shipped with them; a team's own examples are learnt when the book is first loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from callcoach.config.phrasebook import Family, MatchingConfig
from callcoach.dialogue.example_fit import ExampleFit, Floats, example_fit

if TYPE_CHECKING:
    from callcoach.dialogue.sentence_embeddings import Encoder


NONE = "none"
"""The group of sentences that are of no kind."""


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
        Folder in which a fit that is not shipped is kept; ``None`` keeps none.
    """

    def __init__(
        self, family: Family, encoder: Encoder, config: MatchingConfig, cache: Path | None = None
    ) -> None:
        self._encoder = encoder
        self._weight = config.words_weight
        self._kinds = kinds_of(family)
        self._examples: dict[str, tuple[Sequence[str], Floats]] = {}
        if not self._kinds:
            return
        self._fit: ExampleFit = example_fit(family, self._kinds, encoder, config, cache)
        start = 0
        for kind in self._kinds:
            lines = family[kind].meaning
            self._examples[kind] = (lines, self._fit.rows[start : start + len(lines)])
            start += len(lines)

    def shares(self, clauses: Sequence[str]) -> list[dict[str, float]]:
        """The probability of each kind, 0..1, for each clause; the kinds do not exclude."""
        if not clauses or not self._kinds:
            return [{} for _ in clauses]
        fit = self._fit
        described = blocks(self._encoder.describe(clauses), fit.centre)
        words = fit.runs.weigh(clauses).summed(fit.words) * self._weight
        sums = described @ fit.meaning.T + words + fit.offsets
        shares = 1 / (1 + np.exp(-sums))
        return [
            {kind: float(share) for kind, share in zip(self._kinds, row, strict=True)}
            for row in shares
        ]

    def nearest(self, asked: Sequence[tuple[str, str]]) -> list[tuple[str, float]]:
        """For each kind and clause the example of the kind nearest in meaning, and their cosine."""
        own = self._encoder.encode([clause for _, clause in asked])
        near = [self._may_be_nearest(kind, row) for (kind, _), row in zip(asked, own, strict=True)]
        exact = self._encoder.encode([line for lines in near for line in lines])
        result, start = [], 0
        for lines, row in zip(near, own, strict=True):
            cosines = exact[start : start + len(lines)] @ row
            best = int(np.argmax(cosines))
            result.append((lines[best], float(cosines[best])))
            start += len(lines)
        return result

    def _may_be_nearest(self, kind: str, row: Floats) -> list[str]:
        """The examples that may be the nearest, as far as rough rows can tell."""
        lines, rows = self._examples[kind]
        cosines = rows @ row
        near = np.flatnonzero(cosines >= cosines.max() - self._fit.row_doubt)
        return [lines[index] for index in near.tolist()]


def kinds_of(family: Family) -> list[str]:
    """The kinds that can be told apart: those with examples, where there is anything beside."""
    examples = [kind for kind, group in family.items() if group.meaning]
    return [kind for kind in examples if kind != NONE] if len(examples) > 1 else []


def blocks(described: Floats, centre: Floats) -> Floats:
    """Descriptions as rows for the regression: each block about its centre, of length 1."""
    away = described - centre
    norms = np.linalg.norm(away, axis=2, keepdims=True)
    unit = away / np.maximum(norms, np.float32(1e-9))
    rows: Floats = unit.reshape(len(unit), -1).astype(np.float32)
    return rows
