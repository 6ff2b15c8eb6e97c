"""Fit how the signs of a turn are weighed, and tell how well that carries over.

    python benchmarks/turn_weights.py [--fit]

One logistic regression for each kind on the labelled turns ``dev``, ``check`` and ``fresh`` and on
the sample calls. What is printed is cross-validated: each dialogue is judged by weights and limits
from the others alone. ``--fit`` writes ``configs/phrases/weights/turns.toml``. The half ``test`` is
never read here.

The limits: F1 over the turns that were left out is highest there, with a pull towards 0.35; what
calls for somebody above (GRAVE) is at least as likely as not. The
strength of the regularisation (0.05) and how much freer a kind's own signs are than the others (4
times; second clauses of other kinds 0.3 times) were chosen by the same cross-validation, over some
ten combinations; they differ by 0.02 in macro-F1.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from callcoach.batch.worker import load_matcher
from callcoach.config import Config
from callcoach.dialogue.acts import agent_scene, heard_acts, listens
from callcoach.dialogue.paraphrase import paraphrase_scores
from callcoach.dialogue.phrasebook import Matcher
from callcoach.dialogue.weighing import Scene, Signs, agent_signs, customer_signs
from callcoach.language import Utterance
from callcoach.role import Role

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from labelled import Half, LabelledTurn, labelled  # noqa: E402

FILE = ROOT / "configs" / "phrases" / "weights" / "turns.toml"
TRUTH = ROOT / "data_samples" / "truth"
SAMPLES = "samples"
HALVES = (Half.DEV, Half.CHECK, Half.FRESH)
SETS = (SAMPLES, *map(str, HALVES))
STRENGTH = 0.05
OWN, SECOND = 4.0, 0.3
FOLDS = 8
LIMITS = np.arange(0.30, 0.70, 0.05)
GRAVE = frozenset({"threat", "harsh", "manager_request", "repeat_contact"})
GRAVE_LIMITS = np.arange(0.50, 0.70, 0.05)
USUAL_LIMIT, PULL = 0.35, 0.15

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Turns:
    """The labelled turns of a family: ``signs`` has a row for each, ``true`` the kinds."""

    names: tuple[str, ...]
    signs: Floats
    true: tuple[frozenset[str], ...]
    dialogues: tuple[str, ...]
    halves: tuple[str, ...]


@dataclass(frozen=True)
class Fit:
    """A kind's fitted weights on the signs as they come."""

    limit: float
    offset: float
    weights: Floats

    def shares(self, signs: Floats) -> Floats:
        """Probability of each row."""
        shares: Floats = 1 / (1 + np.exp(-(signs @ self.weights + self.offset)))
        return shares


Row = tuple[Signs, frozenset[str], str, str]


def read_turns(matcher: Matcher, config: Config) -> dict[str, Turns]:
    """The signs and labels of all turns that are fitted to, by family."""
    rows: dict[str, list[Row]] = {"concern": [], "response": []}
    for half in HALVES:
        dialogues: dict[str, list[LabelledTurn]] = defaultdict(list)
        for turn in labelled(half):
            dialogues[turn.dialogue].append(turn)
        for name, turns in dialogues.items():
            labels = {t.turn: frozenset(map(str, (*t.concerns, *t.responses))) for t in turns}
            _read_call(turns[0].call, labels, name, half, matcher, config, rows)
    for path in sorted(TRUTH.glob("*.json")):
        said = json.loads(path.read_text(encoding="utf-8"))["turns"]
        call = tuple(Utterance(t["id"], Role(t["speaker"]), t["text"]) for t in said)
        # Responses are labelled where they answer something.
        labels = {
            place: frozenset(t["concern"] or t["response"])
            for place, t in enumerate(said)
            if t["speaker"] == "customer" or t["answers"]
        }
        _read_call(call, labels, path.stem, SAMPLES, matcher, config, rows)
    return {family: _turns(each) for family, each in rows.items()}


def _read_call(
    call: tuple[Utterance, ...],
    labels: Mapping[int, frozenset[str]],
    name: str,
    half: str,
    matcher: Matcher,
    config: Config,
    rows: dict[str, list[Row]],
) -> None:
    assert matcher.encoder is not None
    scores = paraphrase_scores(
        call, matcher.encoder, config.paraphrase, config.paraphrase_weights, book=matcher
    )
    for place, true in labels.items():
        said = call[place]
        if said.role is Role.CUSTOMER:
            signs = customer_signs(Scene(said, None, place, len(call)), matcher)
            rows["concern"].append((signs, true, name, half))
        elif not listens(said.text, config.acts):
            scene = agent_scene(call, place, config.acts)
            heard = heard_acts(scene, scores[place], matcher, config)
            signs = agent_signs(scene, heard, scores[place], matcher, config.acts)
            rows["response"].append((signs, true, name, half))


def _turns(rows: Sequence[Row]) -> Turns:
    names = tuple(sorted(rows[0][0]))
    return Turns(
        names,
        np.array([[signs[name] for name in names] for signs, *_ in rows]),
        tuple(true for _, true, _, _ in rows),
        tuple(name for _, _, name, _ in rows),
        tuple(half for *_, half in rows),
    )


def fit(kind: str, names: Sequence[str], signs: Floats, true: Flags, groups: Sequence[str]) -> Fit:
    """Weights of a kind; the limit is from turns that were left out of the weights."""
    left_out = np.zeros(len(true))
    for inside in _folds(groups):
        offset, weights = _regression(kind, names, signs[inside], true[inside])
        left_out[~inside] = 1 / (1 + np.exp(-(signs[~inside] @ weights + offset)))
    limits = GRAVE_LIMITS if kind in GRAVE else LIMITS
    limit = max(limits, key=lambda at: _f1(true, left_out >= at) - PULL * abs(at - USUAL_LIMIT))
    return Fit(float(limit), *_regression(kind, names, signs, true))


def _regression(
    kind: str, names: Sequence[str], signs: Floats, true: Flags
) -> tuple[float, Floats]:
    from sklearn.linear_model import LogisticRegression

    mean, spread = signs.mean(axis=0), signs.std(axis=0)
    free = np.array([_freedom(name, kind) for name in names]) / np.where(spread > 0, spread, 1.0)
    model: Any = LogisticRegression(C=STRENGTH, max_iter=1000)
    model.fit((signs - mean) * free, true)
    weights: Floats = model.coef_[0] * free
    return float(model.intercept_[0] - mean @ weights), weights


def _freedom(name: str, kind: str) -> float:
    sign, _, of = name.partition(".")
    if of == kind and sign in ("best", "line", "form", "heard"):
        return OWN
    return SECOND if sign == "second" and of != kind else 1.0


def _folds(groups: Sequence[str]) -> list[Flags]:
    """Which turns are inside each fold; a dialogue is never on both sides."""
    names = sorted(set(groups))
    fold = dict(zip(names, np.random.RandomState(1).permutation(len(names)) % FOLDS, strict=True))
    return [np.array([fold[name] != at for name in groups]) for at in range(FOLDS)]


def _f1(true: Flags, found: Flags) -> float:
    return 2 * float((true & found).sum()) / max(1, int(true.sum() + found.sum()))


def report(family: str, turns: Turns) -> None:
    """Print F1 of each kind on turns whose dialogues were left out."""
    kinds = sorted(set().union(*turns.true))
    halves = np.array(turns.halves)
    groups = np.array(turns.dialogues)
    print(f"\n### {family}s, {len(turns.true)} turns, dialogues left out\n")
    print(f"| kind | {' | '.join(SETS)} |\n|---|{'---|' * len(SETS)}")
    scores = []
    for kind in kinds:
        true = np.array([kind in one for one in turns.true])
        found = np.zeros(len(true), bool)
        for inside in _folds(turns.dialogues):
            fitted = fit(kind, turns.names, turns.signs[inside], true[inside], groups[inside])
            found[~inside] = fitted.shares(turns.signs[~inside]) >= fitted.limit
        scores.append([_f1(true[halves == part], found[halves == part]) for part in SETS])
        print(f"| {kind} | {' | '.join(f'{score:.2f}' for score in scores[-1])} |", flush=True)
    print(f"| mean | {' | '.join(f'{mean:.3f}' for mean in np.mean(scores, axis=0))} |")


def written(family: str, turns: Turns) -> str:
    """The weights of a family as they are written; a JSON list is a TOML list."""
    lines = [f"[{family}]", f"signs = {json.dumps(turns.names, indent=4)}"]
    for kind in sorted(set().union(*turns.true)):
        true = np.array([kind in one for one in turns.true])
        fitted = fit(kind, turns.names, turns.signs, true, turns.dialogues)
        weights = [round(float(weight), 3) for weight in fitted.weights]
        lines += [
            f"\n[{family}.kinds.{kind}]",
            f"limit = {fitted.limit:.2f}",
            f"offset = {fitted.offset:.3f}",
            f"weights = {json.dumps(weights)}",
        ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print the figures, and write the weights where asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--fit", action="store_true", help=f"write {FILE.relative_to(ROOT)}")
    options = parser.parse_args()
    config = Config()
    matcher, _ = load_matcher(config)
    families = read_turns(matcher, config)
    for family, turns in families.items():
        report(family, turns)
    if options.fit:
        FILE.parent.mkdir(exist_ok=True)
        title = "# Made by benchmarks/turn_weights.py --fit from the labelled turns."
        parts = [title, *(written(family, turns) for family, turns in families.items())]
        FILE.write_text("\n\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
