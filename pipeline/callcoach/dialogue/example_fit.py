"""What is learnt from the examples of a family, and where it is kept.

Learning takes a minute, so it is done once: for the shipped examples it lies beside them
(``configs/phrases/weights``, made by ``make fit``), for a team's own in callcoach's cache folder. A
file holds numbers and words alone. Its key is a hash of all that went into it: the examples, the
sentence model and the settings. With another key it is not used.

A shipped file is small. Runs of words are counted anew from the examples, which is quick. A fitted
weight of a run is a sum over the texts that have it (the dual form of the regression), so one
number for each text stands for all weights of its runs. The sentence rows of the examples are there
in steps of 4 bits: they tell which examples may be nearest, and those are encoded again.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from callcoach.config.files import shipped
from callcoach.config.phrasebook import Family, MatchingConfig
from callcoach.dialogue.word_runs import WordRuns, learn_runs
from callcoach.errors import ConfigError

if TYPE_CHECKING:
    from callcoach.dialogue.sentence_embeddings import Encoder

Floats = npt.NDArray[np.float32]

FORM = 4  # changes when fits that were kept before can no longer be used
ROW_STEPS = 15  # highest number of 4 bits
ROW_DOUBT = 0.05
"""By how much the difference of two cosines with rows in steps may be off: 5 standard deviations.
One cosine's is 0.0075, measured between all examples of the shipped book."""


@dataclass(frozen=True)
class ExampleFit:
    """What was learnt of a family with two kinds or more.

    ``centre`` is the mean description of the texts, shape (blocks, dims). The weights have a row
    for each kind: ``meaning`` for the numbers of a description, ``words`` for the runs; ``offsets``
    has one number. ``rows`` are the sentence rows of the kinds' examples, those of a kind together,
    in the order of the kinds; ``row_doubt`` is how far cosines with them may be off.
    """

    runs: WordRuns
    centre: Floats
    meaning: Floats
    words: Floats
    offsets: Floats
    rows: Floats
    row_doubt: float = 0.0


@dataclass(frozen=True)
class ShippedFit:
    """A fit as it is shipped.

    ``duals`` has shape (kinds, texts); ``steps`` the rows as bytes of two numbers each, shape
    (examples, dims / 2), and ``reach`` the largest size of each of their dims.
    """

    centre: Floats
    meaning: Floats
    offsets: Floats
    duals: Floats
    steps: npt.NDArray[np.uint8]
    reach: Floats

    def unpacked(self, texts: Sequence[str], words_weight: float) -> ExampleFit:
        """The fit of these texts, which must be those that it was made from."""
        runs, weights = learn_runs(texts)
        columns, rows, values = weights.columns, weights.rows, weights.values * words_weight
        words = [
            np.bincount(columns, values * duals[rows], minlength=len(runs.runs))
            for duals in self.duals.astype(np.float64)
        ]
        steps = np.stack([self.steps >> 4, self.steps & ROW_STEPS], axis=2)
        scale = np.float32(2 / ROW_STEPS) * self.reach
        near = steps.reshape(len(steps), -1) * scale - self.reach
        return ExampleFit(
            runs=runs,
            centre=self.centre,
            meaning=self.meaning,
            words=np.array(words, np.float32),
            offsets=self.offsets,
            rows=near,
            row_doubt=ROW_DOUBT,
        )


_KEPT = {"run_words", "run_runs", "run_idf", "centre", "meaning", "words", "offsets", "rows"}


def texts_of(family: Family) -> tuple[str, ...]:
    """All sentences of a family that something is learnt from, each once."""
    groups = family.values()
    return tuple(
        dict.fromkeys(text for group in groups for text in (*group.meaning, *group.unlike))
    )


def fit_key(family: Family, model: str, config: MatchingConfig) -> str:
    """A hash of all that goes into a fit; ``model`` names the sentence model."""
    groups = {kind: (group.meaning, group.unlike) for kind, group in family.items()}
    settings = (FORM, model, config.words_weight, config.fit_strength)
    return hashlib.sha256(json.dumps([settings, groups]).encode()).hexdigest()


def example_fit(
    family: Family,
    kinds: Sequence[str],
    encoder: Encoder,
    config: MatchingConfig,
    cache: Path | None,
) -> ExampleFit:
    """The fit of a family's ``kinds``: shipped, else kept in the folder ``cache``, else made."""
    key = fit_key(family, encoder.name, config)
    found = read_shipped(key)
    if found is not None:
        return found.unpacked(texts_of(family), config.words_weight)

    def made() -> ExampleFit:
        from callcoach.dialogue.fitting import fitted

        return fitted(family, kinds, encoder, config)

    if cache is None:
        return made()
    from filelock import FileLock

    path = cache / f"{key}.npz"
    try:
        cache.mkdir(parents=True, exist_ok=True, mode=0o700)
        with FileLock(cache / "fits.lock"):
            fit = _read_kept(path) if path.is_file() else None
            if fit is None:
                fit = made()
                _keep(fit, path)
            return fit
    except OSError:  # a folder that cannot be written costs time, no result
        return made()


def shipped_path(name: str) -> Path:
    """Where the shipped fit of a family lies.

    Raises
    ------
    ConfigError
        If callcoach's phrases are missing.
    """
    return shipped("phrases") / "weights" / f"{name}.npz"


def read_shipped(key: str) -> ShippedFit | None:
    """The shipped fit of a key, if there is one."""
    try:
        folder = shipped("phrases") / "weights"
    except ConfigError:
        return None
    for path in sorted(folder.glob("*.npz")):
        arrays = _arrays(path, {"key", *_names(ShippedFit)})
        if arrays and str(arrays.pop("key")) == key:
            return ShippedFit(**arrays)
    return None


def write_shipped(fit: ShippedFit, key: str, path: Path) -> None:
    """Write a fit that is to be shipped; the same fit gives the same bytes."""
    with path.open("wb") as file:
        np.savez_compressed(file, key=np.array(key), **vars(fit))


def _keep(fit: ExampleFit, path: Path) -> None:
    runs = {f"run_{name}": value for name, value in vars(fit.runs).items()}
    arrays = {**runs, **{name: value for name, value in vars(fit).items() if name in _KEPT}}
    half = path.with_suffix(f".{os.getpid()}.tmp")
    with half.open("wb") as file:
        np.savez(file, **arrays)
    half.replace(path)


def _read_kept(path: Path) -> ExampleFit | None:
    arrays = _arrays(path, _KEPT)
    if not arrays:
        return None
    runs = WordRuns(*(arrays.pop(f"run_{name}") for name in _names(WordRuns)))
    return ExampleFit(runs=runs, **arrays)


def _names(kind: type[Any]) -> list[str]:
    return [field.name for field in fields(kind)]


def _arrays(path: Path, names: set[str]) -> dict[str, Any]:
    """The arrays of a file by name; none where it is damaged or of another form."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return dict(file.items()) if set(file.files) == names else {}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return {}
