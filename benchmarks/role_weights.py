"""Fit how the signs of agent and customer are weighed, and tell how far the confidence holds.

    python benchmarks/role_weights.py [--fit]

A logistic function without offset over the signs of :mod:`callcoach.dialogue.role_signs`, so that
the speakers' order is nothing to it. It is fitted to the sample calls, to dialogues written for the
labels of turns (all but ``test``), to calls made by rule (``role_calls.py``) with the reasons of
NatCS customers among them, and, where they are here, to 188 model-written calls. Each is taken
whole, in parts, and as a recogniser and a diariser might give it. Talk among friends, two customers
and two agents count as evenly either way, so that the confidence stays low there; they are one
case in six. No weight is below 0, none above 3.4 (6 for a sure sign), and all are drawn towards a
prior of 1 (3 for a sure sign): one that others make needless in these calls still says something
in a poorer call.

What is printed as cross-validated has each source judged by weights from the others. The real calls
in ``../shared/data`` are never fitted to: they are printed at the end where they are here.
``--fit`` writes ``configs/phrases/weights/roles.toml``.
"""

from __future__ import annotations

import argparse
import csv
import io
import itertools
import json
import random
import sys
import tarfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from callcoach.config.files import shipped
from callcoach.config.language import RolesConfig
from callcoach.config.role_signs import SIGNS_FILE, WEIGHTS_FILE, RoleSigns, read_signs
from callcoach.dialogue.role_signs import SEQUENCES, heard_signs
from callcoach.dialogue.roles import sign_values, weigh_roles
from callcoach.model.speech import Timing, Word

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]

from labelled import SHARED, Half, shared_calls, written_calls  # noqa: E402
from role_calls import AGENT, CUSTOMER, LabelledCall, made_call, part_of, worsened  # noqa: E402

DATA = ROOT.parent / "shared" / "data"
FILE = ROOT / "configs" / "phrases" / WEIGHTS_FILE
TRUTH = ROOT / "data_samples" / "truth"
MADE = 600
STRENGTH = 0.1
PRIOR, PRIOR_SURE = 1.0, 3.0
SHARES = {"chat": 0.8, "one sided": 0.2, "samples": 0.5}
MOST, MOST_SURE = 3.4, 6.0
LIMITS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 1.0)
CONFIG = RolesConfig()

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """One way a call was heard: its signs, for the agent's being the first speaker."""

    source: str
    values: Floats
    even: bool
    weight: float


def calls() -> list[LabelledCall]:
    """What may be fitted to."""
    found = [made_call(number, tuple(reasons())) for number in range(MADE)]
    for path in sorted(TRUTH.glob("*.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        turns = [(turn["speaker"], turn["text"]) for turn in truth["turns"] if turn["text"]]
        found.append(LabelledCall("samples", path.stem, tuple(turns)))
    for half in (Half.DEV, Half.CHECK, Half.FRESH):
        for name, said in written_calls(half):
            found.append(LabelledCall("written", name, tuple((u.role.value, u.text) for u in said)))
    if SHARED.is_file():
        for name, said in shared_calls():
            found.append(LabelledCall("model", name, tuple((u.role.value, u.text) for u in said)))
    return found


def reasons() -> Iterator[str]:
    """Why real customers call: NatCS, CDLA-Permissive 2.0."""
    for path in sorted((DATA / "dialogue" / "natcs").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)["utterance"].replace("{", "").replace("}", "")


def heard_ways(call: LabelledCall) -> Iterator[LabelledCall]:
    """A call whole and in parts, as it is and as machines hear it."""
    rng = random.Random(call.id)
    many = sum(len(text.split()) for _, text in call.turns)
    yield call
    yield worsened(call, rng, 0.2, 0.05)
    yield part_of(call, 0, 80)
    yield worsened(part_of(call, 0, 150), rng, 0.25, 0.1)
    if many > 150:
        yield part_of(call, many // 3, 120)
        yield worsened(part_of(call, many // 2, 150), rng, 0.15, 0.1)


def one_sided(call: LabelledCall, rng: random.Random) -> LabelledCall:
    """The agent's, or the customer's, sentences given to two people: nobody is the agent."""
    who = rng.choice((AGENT, CUSTOMER))
    turns = [(rng.choice(("first", "second")), text) for name, text in call.turns if name == who]
    return LabelledCall("one sided", f"one-{call.id}", tuple(turns), service=False)


def values_of(call: LabelledCall, signs: RoleSigns, names: Sequence[str]) -> Floats:
    """The signs of a call in order of their names."""
    pair = (AGENT, CUSTOMER) if call.service else ("first", "second")
    found = sign_values(heard_signs(call.turns, pair, signs), signs)
    return np.array([found[name] for name in names])


def cases(signs: RoleSigns, names: Sequence[str]) -> list[Case]:
    """All calls in all ways; every source weighs the same, or its share."""
    rng = random.Random("one sided")
    every = calls()
    every += [one_sided(call, rng) for call in every if call.service and rng.random() < 0.25]
    ways = [way for call in every for way in heard_ways(call) if way.turns]
    count: dict[str, int] = defaultdict(int)
    for way in ways:
        count[way.source] += 1
    return [
        Case(
            way.source,
            values_of(way, signs, names),
            not way.service,
            SHARES.get(way.source, 1.0) / count[way.source],
        )
        for way in ways
    ]


def fit(given: Sequence[Case], highest: Floats, prior: Floats) -> Floats:
    """Weights with the least loss, drawn towards ``prior``; what is even counts half each way."""
    x = np.stack([case.values for case in given])
    even = np.array([case.even for case in given])
    share = np.array([case.weight for case in given])
    share /= share.sum()

    def loss(weights: Floats) -> tuple[float, Floats]:
        odds = x @ weights
        true = np.logaddexp(0, -odds)
        each = np.where(even, 0.5 * (true + np.logaddexp(0, odds)), true)
        slope = 1 / (1 + np.exp(-odds)) - np.where(even, 0.5, 1.0)
        off = weights - prior
        penalty = STRENGTH * float(off @ off) / len(off)
        return float(share @ each) + penalty, x.T @ (share * slope) + (
            2 * STRENGTH * off / len(off)
        )

    start = prior.copy()
    bounds = [(0.0, top) for top in highest]
    found = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B")
    return np.asarray(found.x)


def scale_of(odds: Floats, even: npt.NDArray[np.bool_], share: Floats) -> float:
    """What the log odds of calls that were left out are multiplied by to be right on average."""
    grid = np.linspace(0.3, 1.2, 91)
    losses = []
    for scale in grid:
        true = np.logaddexp(0, -scale * odds)
        both = 0.5 * (true + np.logaddexp(0, scale * odds))
        losses.append(float(share @ np.where(even, both, true)))
    return float(grid[int(np.argmin(losses))])


def reliability(odds: Floats, even: npt.NDArray[np.bool_], share: Floats) -> str:
    """Of the answers of each confidence, how many are right, by weight; half of an even one is."""
    sure = 1 / (1 + np.exp(-np.abs(odds)))
    right = np.where(even, 0.5, (odds > 0).astype(float))
    lines = ["  confidence      calls   even   right"]
    for low, high in itertools.pairwise(LIMITS):
        here = (sure >= low) & (sure < high if high < 1 else sure <= 1)
        if here.any():
            lines.append(
                f"  {low:.2f} to {high:.2f} {here.sum():8d} {even[here].sum():6d}   "
                f"{np.average(right[here], weights=share[here]):.3f}"
            )
    above = sure >= CONFIG.min_confidence
    wrong = above[even].mean() if even.any() else 0.0
    lines.append(
        f"  from {CONFIG.min_confidence:.2f}: {np.average(above, weights=share):.2f} of all, right "
        f"{np.average(right[above], weights=share[above]):.3f}; even ones above it {wrong:.3f}"
    )
    return "\n".join(lines)


def words_of(turns: Sequence[tuple[str, str]]) -> list[Word]:
    """Turns as words, in their order."""
    return [
        Word(place, place, who, word, 1.0, Timing.INTERPOLATED)
        for place, (who, text) in enumerate(turns)
        for word in text.split()
    ]


def kept_out() -> Iterator[LabelledCall]:
    """Calls that nothing is fitted to: a half of the labels, and real ones."""
    for name, said in written_calls(Half.TEST):
        yield LabelledCall("test", name, tuple((u.role.value, u.text) for u in said))
    for path in sorted((DATA / "dialogue" / "harper_valley").glob("*.json")):
        roles = {"agent": AGENT, "caller": CUSTOMER}
        rows = sorted(json.loads(path.read_text("utf-8")), key=lambda row: row["offset_ms"])
        for form in ("human_transcript", "transcript"):
            turns = [
                (roles[r["speaker_role"]], r[form]) for r in rows if r["speaker_role"] in roles
            ]
            yield LabelledCall(f"bank, {form}", path.stem, tuple(turns))
    example = DATA / "calls" / "aws_call_analytics_example.json"
    if example.is_file():
        rows = json.loads(example.read_text(encoding="utf-8"))["Transcript"]
        turns = [(row["ParticipantRole"].lower(), row["Content"]) for row in rows]
        yield LabelledCall("credit union", "example", tuple(turns))


def friends() -> Iterator[LabelledCall]:
    """Switchboard: friends, nobody is an agent. For evaluation only."""
    path = DATA / "dialogue" / "switchboard" / "words_and_acts.tar.gz"
    if not path.is_file():
        return
    heard: dict[str, list[tuple[float, str, str]]] = defaultdict(list)
    with tarfile.open(path) as archive:
        for member in archive:
            file = archive.extractfile(member)
            if file is None or not member.name.endswith("-word-da.csv"):
                continue
            name = Path(member.name).name
            side = "first" if name[6] == "A" else "second"
            for row in csv.reader(io.TextIOWrapper(file, "utf-8")):
                try:
                    heard[name[:6]].append((float(row[1]), side, row[3]))
                except (ValueError, IndexError):
                    continue
    for name, said in sorted(heard.items()):
        turns = tuple((who, word) for _, who, word in sorted(said))
        yield LabelledCall("friends", name, turns, service=False)


def held_out_report(signs: RoleSigns) -> None:
    """The calls that nothing was fitted to, whole, in parts and worse."""
    print("\nKept out: right, wrong, unknown")
    rng = random.Random("kept out")
    for words, swapped in ((0.0, 0.0), (0.15, 0.05), (0.25, 0.1)):
        for part in ("whole", "first 150", "middle 150", "first 60"):
            counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
            for call in (*kept_out(), *friends()):
                many = sum(len(text.split()) for _, text in call.turns)
                if part != "whole":
                    start = max(0, many // 2 - 75) if part.startswith("middle") else 0
                    call = part_of(call, start, int(part.split()[1]))
                call = worsened(call, rng, words, swapped) if words else call
                pair = (CUSTOMER, AGENT) if call.service else ("first", "second")
                guess = weigh_roles(words_of(call.turns), pair, CONFIG, signs)
                known = guess is not None and guess.confidence >= CONFIG.min_confidence
                place = 2 if guess is None or not known else int(guess.agent != AGENT)
                counts[call.source][place] += 1
            print(
                f"  {words:.2f} wrong, {swapped:.2f} swapped, {part}: "
                + ", ".join(
                    f"{source} {'/'.join(map(str, count))}" for source, count in counts.items()
                )
            )


def main() -> None:
    """Print the figures, and write the weights where asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--fit", action="store_true", help=f"write {FILE.relative_to(ROOT)}")
    options = parser.parse_args()
    folder = shipped("phrases")
    signs = read_signs(folder / SIGNS_FILE, None)
    names = (*signs.agent, *SEQUENCES, *signs.customer)
    highest = np.array(
        [MOST_SURE if name in signs.agent and signs.agent[name].sure else MOST for name in names]
    )
    prior = np.where(highest == MOST_SURE, PRIOR_SURE, PRIOR)
    given = cases(signs, names)
    sources = sorted({case.source for case in given})
    odds = np.zeros(len(given))
    for source in sources:
        weights = fit([case for case in given if case.source != source], highest, prior)
        for place, case in enumerate(given):
            if case.source == source:
                odds[place] = case.values @ weights
    even = np.array([case.even for case in given])
    share = np.array([case.weight for case in given])
    scale = scale_of(odds, even, share)
    print(f"{len(given)} cases of {', '.join(sources)}; scale {scale:.2f}")
    print("Cross-validated by source\n" + reliability(scale * odds, even, share))
    for source in sources:
        here = np.array([case.source == source for case in given])
        print(f"{source}\n" + reliability(scale * odds[here], even[here], share[here]))
    fitted = scale * fit(given, highest, prior)
    for name, weight in zip(names, fitted, strict=True):
        print(f"  {weight:5.2f}  {name}")
    if options.fit:
        FILE.parent.mkdir(exist_ok=True)
        lines = ["# Made by benchmarks/role_weights.py --fit. Log odds by sign.", "", "[weights]"]
        lines += [f"{name} = {weight:.3f}" for name, weight in zip(names, fitted, strict=True)]
        FILE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    weights = dict(zip(names, map(float, fitted), strict=True))
    held_out_report(signs.model_copy(update={"weights": weights}))


if __name__ == "__main__":
    main()
