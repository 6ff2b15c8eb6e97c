"""How the signs of a turn are weighed: the files in ``configs/phrases/weights``.

``benchmarks/turn_weights.py --fit`` makes ``turns.toml`` from the labelled turns. It belongs to the
phrase book: the lines fired and the probabilities of the book's examples are most of the signs.
``benchmarks/paraphrase.py --fit`` makes ``paraphrases.toml``, for the comparison of turns.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TypeVar

from pydantic import model_validator

from callcoach.config.files import checked, read_toml, shipped
from callcoach.config.section import Section, setting

FILE = Path("weights") / "turns.toml"

PARAPHRASES = Path("weights") / "paraphrases.toml"

W = TypeVar("W", bound=Section)


class KindWeights(Section):
    """The weights of one kind: of a logistic function over the signs."""

    limit: float = setting(..., "Least probability at which a turn is of the kind.", gt=0, lt=1)
    offset: float = setting(..., "What is there without any sign, in log odds.")
    weights: tuple[float, ...] = setting(..., "Log odds for each sign, in the order of the signs.")


class FamilyWeights(Section):
    """The weights of a family of kinds."""

    signs: tuple[str, ...] = setting(..., "Names of the signs.", min_length=1)
    kinds: Mapping[str, KindWeights] = setting(..., "The weights by kind.")

    @model_validator(mode="after")
    def _as_many(self) -> FamilyWeights:
        for name, kind in self.kinds.items():
            if len(kind.weights) != len(self.signs):
                raise ValueError(f"{name}: {len(kind.weights)} weights, {len(self.signs)} signs")
        return self


class TurnWeights(Section):
    """The weights of all kinds of concerns and of responses."""

    concern: FamilyWeights = setting(..., "What customers voice.")
    response: FamilyWeights = setting(..., "What agents do with it.")


class ParaphraseWeights(Section):
    """The weights of a paraphrase: of a logistic function over the features of two turns."""

    offset: float = setting(..., "What is there without any feature, in log odds.")
    weights: Mapping[str, float] = setting(..., "Log odds by feature.")


@cache
def shipped_weights() -> TurnWeights:
    """The weights that come with callcoach.

    Raises
    ------
    ConfigError
        If the file is missing or wrong.
    """
    return read_weights(shipped("phrases") / FILE)


@cache
def shipped_paraphrase_weights() -> ParaphraseWeights:
    """As :func:`shipped_weights`, for paraphrases."""
    return _read(shipped("phrases") / PARAPHRASES, ParaphraseWeights)


def read_weights(path: Path) -> TurnWeights:
    """Read a file of weights.

    Raises
    ------
    ConfigError
        If it cannot be read, or holds something else.
    """
    return _read(path, TurnWeights)


def _read(path: Path, form: type[W]) -> W:
    return checked(form, read_toml(path, "the weights"), path)
