"""How right concerns and responses are, kind by kind, as Markdown.

    python benchmarks/language.py [--half dev|check|test] [--words-only]

Sample calls: the labels of ``data_samples/truth``, on the true text; responses are scored where a
concern came before, as they are labelled there. Labelled turns: ``tests/labels`` (rules in
``docs/labelling.md``), every turn; calls of ``../shared/data`` are left out where that is missing.
Lines were chosen on the samples and on ``dev``, limits on ``check``; ``test`` is for reporting.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from callcoach.analysis.models import load_matcher
from callcoach.config.config import Config
from callcoach.dialogue.phrasebook import Matcher
from callcoach.dialogue.understand import understand
from callcoach.model.language import Utterance
from callcoach.model.party import Role

ROOT = Path(__file__).resolve().parent.parent
CONFIG = Config()
TRUTH = ROOT / "data_samples" / "truth"
sys.path.insert(0, str(ROOT / "tests"))

from labelled import Half, LabelledTurn, labelled  # noqa: E402


@dataclass(frozen=True)
class Scored:
    """One turn: the kinds that are true and those that were found."""

    true: frozenset[str]
    found: frozenset[str]


Families = dict[str, list[Scored]]


def measure(call: Sequence[Utterance], matcher: Matcher) -> dict[str, frozenset[str]]:
    """The kinds found in each turn of a call."""
    language = understand(call, (), matcher, CONFIG)
    found = {concern.turn: frozenset(map(str, concern.kinds)) for concern in language.concerns}
    return found | {act.turn: frozenset(map(str, act.kinds)) for act in language.acts}


def score_samples(matcher: Matcher) -> Families:
    """The sample calls."""
    families: Families = {"concern": [], "response": []}
    for path in sorted(TRUTH.glob("*.json")):
        turns = json.loads(path.read_text(encoding="utf-8"))["turns"]
        call = [Utterance(t["id"], Role(t["speaker"]), t["text"]) for t in turns]
        found = measure(call, matcher)
        for turn in turns:
            family = "concern" if turn["speaker"] == "customer" else "response"
            if family == "concern" or turn["answers"]:
                scored = Scored(frozenset(turn[family]), found.get(turn["id"], frozenset()))
                families[family].append(scored)
    return families


def score_labels(half: Half, matcher: Matcher) -> Families:
    """One half of the labelled turns."""
    families: Families = {"concern": [], "response": []}
    dialogues: dict[str, list[LabelledTurn]] = defaultdict(list)
    for turn in labelled(half):
        dialogues[turn.dialogue].append(turn)
    for turns in dialogues.values():
        found = measure(turns[0].call, matcher)
        for turn in turns:
            customer = turn.utterance.role is Role.CUSTOMER
            true = turn.concerns if customer else turn.responses
            scored = Scored(frozenset(map(str, true)), found.get(turn.utterance.id, frozenset()))
            families["concern" if customer else "response"].append(scored)
    return families


def report(title: str, families: Families) -> None:
    """Print a table per family, and what is mistaken for what."""
    for family, turns in families.items():
        print(f"\n### {title}: {family}s, {len(turns)} turns\n")
        print("| kind | true | found | right | precision | recall | F1 |")
        print("|---|---|---|---|---|---|---|")
        true = Counter(kind for turn in turns for kind in turn.true)
        found = Counter(kind for turn in turns for kind in turn.found)
        right = Counter(kind for turn in turns for kind in turn.true & turn.found)
        scores = []
        for kind in sorted(true | found):
            score = _f1(right[kind], true[kind], found[kind])
            if true[kind]:
                scores.append(score)
            print(
                f"| {kind} | {true[kind]} | {found[kind]} | {right[kind]} "
                f"| {_share(right[kind], found[kind])} | {_share(right[kind], true[kind])} "
                f"| {score:.2f} |"
            )
        micro = _f1(right.total(), true.total(), found.total())
        macro = sum(scores) / len(scores) if scores else 0.0
        print(f"\nMicro-F1 {micro:.3f}, macro-F1 {macro:.3f} over {len(scores)} kinds.")
        _confusions(turns)


def _confusions(turns: Sequence[Scored]) -> None:
    """Missed kinds (rows) against kinds found wrongly in the same turns (columns)."""
    pairs = Counter(
        (missed, extra)
        for turn in turns
        for missed in (turn.true - turn.found or {"(none)"})
        for extra in (turn.found - turn.true or {"(none)"})
        if turn.true != turn.found
    )
    rows = sorted({missed for missed, _ in pairs})
    columns = sorted({extra for _, extra in pairs})
    print(f"\n| missed \\ instead | {' | '.join(columns)} |")
    print("|" + "---|" * (len(columns) + 1))
    for row in rows:
        print(f"| {row} | {' | '.join(str(pairs[row, c] or '') for c in columns)} |")


def _f1(right: int, true: int, found: int) -> float:
    return 2 * right / (true + found) if true + found else 0.0


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2f}" if whole else "-"


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--half", type=Half, default=Half.DEV, choices=list(Half))
    parser.add_argument("--words-only", action="store_true", help="leave the embeddings out")
    options = parser.parse_args()
    matcher, _ = load_matcher(CONFIG)
    if options.words_only:
        matcher = Matcher(CONFIG.phrases, None, CONFIG.matching)
    report("Sample calls", score_samples(matcher))
    start = time.perf_counter()
    families = score_labels(options.half, matcher)
    took_s = time.perf_counter() - start
    report(f"Labelled turns ({options.half})", families)
    turns = sum(map(len, families.values()))
    print(f"\n{turns} turns in {took_s:.1f} s: {1000 * took_s / turns:.1f} ms a turn.")


if __name__ == "__main__":
    main()
