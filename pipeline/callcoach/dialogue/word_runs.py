"""Words and runs of words of texts as numbers: TF-IDF, as scikit-learn has it.

A text counts with its words and its runs of up to three words, marks for its beginning and end
among them: "can you ..." asks there. A weight is (1 + ln tf) times the smoothed inverse document
frequency, and the weights of a text have the length 1. Plain arrays instead of the vectoriser:
importing scikit-learn and building its vocabulary take seconds, this takes a tenth of one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from callcoach.text.phrases import spelled_out

LONGEST_RUN = 3  # words

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class RunWeights:
    """The runs of some texts, each as a text's row, a run's column and the run's weight there.

    The three arrays have one entry for each run of a text that is known, in order of the rows.
    """

    texts: int
    rows: Integers
    columns: Integers
    values: npt.NDArray[np.float64]

    def summed(self, weights: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
        """The product with ``weights`` of shape (kinds, runs): shape (texts, kinds)."""
        return np.stack(
            [
                np.bincount(self.rows, self.values * row[self.columns], minlength=self.texts)
                for row in weights.astype(np.float64)
            ],
            axis=1,
        )


@dataclass(frozen=True)
class WordRuns:
    """What is known of runs of words.

    ``words`` is sorted. A run is one number: its words' places in ``words`` as digits. ``runs``
    holds them in rising order, ``idf`` the inverse document frequency of each.
    """

    words: npt.NDArray[np.str_]
    runs: Integers
    idf: npt.NDArray[np.float64]

    def weigh(self, texts: Sequence[str]) -> RunWeights:
        """The weights of the runs of texts; runs that are not known count for nothing."""
        place = {word: index for index, word in enumerate(self.words.tolist())}
        rows, codes = _coded(texts, place)
        columns = np.searchsorted(self.runs, codes).clip(max=len(self.runs) - 1)
        known = self.runs[columns] == codes
        return self._weighed(len(texts), rows[known], columns[known])

    def _weighed(self, texts: int, rows: Integers, columns: Integers) -> RunWeights:
        width = len(self.runs)
        pairs, counts = np.unique(rows * width + columns, return_counts=True)
        rows, columns = pairs // width, pairs % width
        values = (1 + np.log(counts)) * self.idf[columns]
        lengths = np.sqrt(np.bincount(rows, values**2, minlength=texts))
        return RunWeights(texts, rows, columns, values / lengths[rows])


def learn_runs(texts: Sequence[str]) -> tuple[WordRuns, RunWeights]:
    """Get to know the runs of texts, at least one; with the weights of these texts."""
    words = sorted({word for text in texts for word in _bounded(text)})
    rows, codes = _coded(texts, {word: index for index, word in enumerate(words)})
    runs, columns = np.unique(codes, return_inverse=True)
    held = np.unique(rows * len(runs) + columns) % len(runs)
    idf = np.log((1 + len(texts)) / (1 + np.bincount(held, minlength=len(runs)))) + 1
    known = WordRuns(np.array(words, np.str_), runs, idf)
    return known, known._weighed(len(texts), rows, columns)


def _bounded(text: str) -> list[str]:
    return ["<s>", *spelled_out(text).split(), "</s>"]


def _coded(texts: Sequence[str], place: dict[str, int]) -> tuple[Integers, Integers]:
    """Every run of every text: its row, and the number that stands for it."""
    unknown = len(place)
    base = unknown + 2  # digits are 1 for the first word, ..., base - 1 for one that is not known
    split = [_bounded(text) for text in texts]
    digits = np.array([place.get(word, unknown) + 1 for said in split for word in said], np.int64)
    row = np.repeat(np.arange(len(split)), [len(said) for said in split])
    rows, codes = [row], [digits]
    for more in range(1, LONGEST_RUN):
        codes.append(codes[-1][:-1] * base + digits[more:])
        rows.append(row[:-more])
    inside = [at == row[more:] for more, at in enumerate(rows)]  # not over the end of a text
    return (
        np.concatenate([at[where] for at, where in zip(rows, inside, strict=True)]),
        np.concatenate([code[where] for code, where in zip(codes, inside, strict=True)]),
    )
