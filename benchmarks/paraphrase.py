"""How well paraphrases are ranked: ``python benchmarks/paraphrase.py [--fit | --test]``.

Prints the average precision beside that of the plain cosine and of shared words, on exchanges
written for callcoach (``tests/labels_paraphrase``; each fifth is held out) and on ICSI meetings
(MRDA) where they are there: every other one for development, the rest with ``--test``. ``--fit``
fits the weights again, on the written exchanges without the held-out ones, and prints them.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from callcoach.batch.worker import load_matcher
from callcoach.config import Config
from callcoach.dialogue.meaning import Encoder
from callcoach.dialogue.paraphrase import paraphrase_scores
from callcoach.dialogue.paraphrase_features import (
    Features,
    call_rarity,
    listened,
    measure,
    said,
    stem,
)
from callcoach.dialogue.phrasebook import Matcher
from callcoach.language import ParaphraseKind, Utterance
from callcoach.role import Role
from callcoach.settings.paraphrase import ParaphraseConfig
from callcoach.settings.weighing import ParaphraseWeights, shipped_paraphrase_weights
from meetings import Act, read_meetings

ROOT = Path(__file__).parent.parent
WRITTEN = ("service", "support", "work")
MRDA = ROOT.parent / "shared/data/dialogue/mrda"
HELD_OUT = 5  # each fifth exchange
POSITIVE = {"bu", "bs", "m"}  # understanding check, summary, mimic
ROUNDS = 6
STRENGTH = 20.0  # how strongly the weights are drawn to these, chosen on the development meetings
PRIOR = {
    "similar": 4.0,
    "covered": 2.0,
    "shared": 6.0,
    "echo": 1.0,
    "tag": 2.0,
    "adjacent": 1.0,
    "so": 1.5,
    "frame": 1.0,
    "you": 1.0,
    "you_first": 1.2,
    "own": -1.0,
    "feeling": 0.7,
    "question": -0.7,
    "other_question": -0.7,
    "advice": -1.2,
}

Labelled = tuple[tuple[Utterance, ...], tuple[bool | None, ...]]  # None: not judged


@dataclass(frozen=True)
class Item:
    """A judged turn: its label and three scores."""

    positive: bool
    cosine: float
    shared: float
    ours: float


def bare(text: str) -> str:
    """In small letters and without punctuation, as from a recogniser."""
    return " ".join(re.sub(r"[^\w' ]", " ", text.lower()).split())


def written(name: str, change: Callable[[str], str] = str) -> list[Labelled]:
    """The exchanges of a file; details that are read back are not judged."""
    result: list[Labelled] = []
    path = ROOT / "tests/labels_paraphrase" / f"{name}.jsonl"
    for line in path.read_text(encoding="utf-8").splitlines():
        turns = json.loads(line)["turns"]
        utterances = tuple(
            Utterance(str(i), Role(turn["role"]), change(turn["text"]))
            for i, turn in enumerate(turns)
        )
        result.append((utterances, tuple(map(_label, turns))))
    return result


def _label(turn: dict[str, Any]) -> bool | None:
    kind = turn.get("paraphrase")
    judged = turn["role"] == "agent" and kind != ParaphraseKind.CONFIRM_DETAIL
    return kind is not None if judged else None


def held_out(exchanges: Sequence[Labelled], held: bool) -> list[Labelled]:
    """Each fifth exchange, or the others."""
    return [e for index, e in enumerate(exchanges) if (index % HELD_OUT == 0) is held]


def meetings(test: bool) -> list[Labelled]:
    """Each speaker of a meeting as the listener; acts of more than 3 words are judged."""
    result: list[Labelled] = []
    for meeting in read_meetings(MRDA)[int(test)]:
        acts = sorted((a for own in meeting.acts.values() for a in own), key=lambda a: a.start_s)
        texts = [" ".join(word.text for word in act.words) for act in acts]
        for name in meeting.acts:
            utterances = tuple(
                Utterance(str(i), Role.AGENT if a.speaker == name else Role.CUSTOMER, text)
                for i, (a, text) in enumerate(zip(acts, texts, strict=True))
            )
            result.append((utterances, tuple(_act_label(act, name) for act in acts)))
    return result


def _act_label(act: Act, name: str) -> bool | None:
    if act.speaker != name or len(act.words) <= 3:
        return None
    return bool(set(re.split(r"[.^|:]", act.label)) & POSITIVE)


def judged(
    exchanges: Iterable[Labelled],
    matcher: Matcher,
    config: ParaphraseConfig,
    weights: ParaphraseWeights,
) -> list[Item]:
    """All judged turns with their scores."""
    items = []
    encoder = matcher.encoder
    assert encoder is not None
    for utterances, labels in exchanges:
        scores = paraphrase_scores(utterances, encoder, config, weights, book=matcher)
        window: list[str] = []
        for utterance, label, scored in zip(utterances, labels, scores, strict=True):
            if utterance.role is not Role.AGENT:
                if not listened(said(utterance.text, encoder), config):
                    window = [*window, utterance.text][-config.window :]
            elif label is not None and scored is not None:
                rows = encoder.encode([utterance.text, *window])
                shared = max(_shared(utterance.text, text) for text in window)
                items.append(Item(label, float((rows[1:] @ rows[0]).max()), shared, scored.score))
    return items


def _shared(one: str, other: str) -> float:
    """Share of the words of both that they have in common (Jaccard), by stems."""
    a, b = ({stem(word) for word in bare(text).split()} for text in (one, other))
    return len(a & b) / max(1, len(a | b))


def report(name: str, items: Sequence[Item]) -> None:
    """Print a line of the table."""
    from sklearn.metrics import average_precision_score

    labels = [item.positive for item in items]
    cosine, shared, ours = (
        float(average_precision_score(labels, [getattr(item, key) for item in items]))
        for key in ("cosine", "shared", "ours")
    )
    print(
        f"{name:34s} {len(items):6d} {np.mean(labels):6.3f} {cosine:7.3f} {shared:7.3f} "
        f"{ours:7.3f} {ours / max(cosine, shared):6.2f}"
    )


def units(
    exchanges: Iterable[Labelled], encoder: Encoder, config: ParaphraseConfig
) -> list[tuple[bool, list[Features]]]:
    """Label and the features of all units of each judged turn."""
    result = []
    for utterances, labels in exchanges:
        turns = [said(u.text, encoder) for u in utterances]
        rare = call_rarity(turns)
        for index, label in enumerate(labels):
            before = [
                turn
                for turn, u in zip(turns[:index], utterances[:index], strict=True)
                if u.role is not Role.AGENT and not listened(turn, config)
            ][-config.window :]
            if label is not None and before:
                turn = turns[index]
                adjacent = utterances[index - 1].role is not Role.AGENT
                rows = [
                    measure(turn, u, before, rare, adjacent, config) for u in range(len(turn.units))
                ]
                result.append((label, rows))
    return result


def fitted(turns: Sequence[tuple[bool, list[Features]]]) -> ParaphraseWeights:
    """Weights of a logistic regression on units: the best of each positive, all of a negative.

    The weights are drawn to ``PRIOR`` and not to zero (Gaussian prior): the written exchanges say
    little about word-for-word likeness, which counts for much in talk that nobody wrote.
    """
    from scipy.optimize import minimize

    names = [field.name for field in fields(Features)]
    prior = np.array([*(PRIOR.get(name, 0.0) for name in names), 0.0])
    held = np.array([STRENGTH] * len(names) + [0.0])
    best = [len(rows) - 1 for _, rows in turns]
    found = prior
    for _ in range(ROUNDS):
        chosen = [
            (label, row, 1 if label else len(rows) ** -0.5)
            for (label, rows), index in zip(turns, best, strict=True)
            for row in (rows[index : index + 1] if label else rows)
        ]
        measured = np.array([(*astuple(row), 1.0) for _, row, _ in chosen])
        sign = np.array([1.0 if label else -1.0 for label, _, _ in chosen])
        heavy = np.array([weight for _, _, weight in chosen])

        def loss(w: Any, x: Any = measured, t: Any = sign, h: Any = heavy) -> Any:
            margin = t * (x @ w)
            slope = x.T @ (-t * h / (1 + np.exp(margin))) + held * (w - prior)
            return (h * np.logaddexp(0, -margin)).sum() + held @ (w - prior) ** 2 / 2, slope

        found = minimize(loss, found, jac=True).x
        best = [
            int(np.argmax([np.dot((*astuple(r), 1.0), found) for r in rows])) for _, rows in turns
        ]
    *weights, offset = (round(float(weight), 2) for weight in found)
    return ParaphraseWeights(offset=offset, weights=dict(zip(names, weights, strict=True)))


def main() -> None:
    """Print the table; see the module's text."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fit", action="store_true", help="fit the weights again")
    parser.add_argument("--test", action="store_true", help="also the meetings kept for the test")
    parser.add_argument("--no-meetings", action="store_true", help="leave the meetings out")
    options = parser.parse_args()
    matcher, _ = load_matcher(Config())
    assert matcher.encoder is not None
    config, weights = ParaphraseConfig(), shipped_paraphrase_weights()
    if options.fit:
        train = [
            e
            for name in WRITTEN
            for change in (str, bare)
            for e in held_out(written(name, change), held=False)
        ]
        weights = fitted(units(train, matcher.encoder, config))
        print(f"offset = {weights.offset}\n\n[weights]")
        print("\n".join(f"{name} = {weight}" for name, weight in weights.weights.items()))
    print(f"{'':34s} {'turns':>6s} {'share':>6s} {'cosine':>7s} {'words':>7s} {'ours':>7s}  ratio")
    for name in WRITTEN:
        for change, note in ((str, ""), (bare, ", no punctuation")):
            for held, part in ((True, "held out"), (False, "fitted")):
                exchanges = held_out(written(name, change), held)
                report(f"{name}, {part}{note}", judged(exchanges, matcher, config, weights))
    if MRDA.is_dir() and not options.no_meetings:
        report("meetings, development", judged(meetings(test=False), matcher, config, weights))
        if options.test:
            report("meetings, test", judged(meetings(test=True), matcher, config, weights))


if __name__ == "__main__":
    main()
