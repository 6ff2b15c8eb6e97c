"""Claimed interruptions in friendly telephone talk, where hardly anybody interrupts.

    python benchmarks/telephone.py [--half dev|test|all] [--claims N]

Conversations of Switchboard with their words' times and dialogue acts, as two-channel calls whose
words are known. Printed are the claims in ten minutes, how many of the acts they point at were left
undone (act ``%``, or continued later, ``+``), the same for every overlap, and the F1 of
backchannels (bursts over the other's talk, acts ``b``, ``bk``, ``bh``, ``ba``).

``--claims`` writes some claims with the words around them, for somebody to read. Thresholds were
chosen on every other conversation (dev); nothing is trained. Needs ``../shared/data``; nothing of
it is stored.
"""

from __future__ import annotations

import argparse
import csv
import io
import random
import re
import tarfile
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from callcoach.config.config import Config
from callcoach.dialogue.overlaps import find_overlaps
from callcoach.dialogue.turns import Unit, build_turns, inter_pausal_units
from callcoach.model.interaction import OverlapEvent, OverlapKind
from callcoach.model.speech import Activity, SpeechRegion, Timing, Word
from callcoach.model.timeline import Span, merged

DATA = Path(__file__).resolve().parents[2] / "shared/data/dialogue/switchboard"
AROUND_S = 5.0
LISTENS = frozenset({"b", "bk", "bh", "ba", "b^r"})
_SPELLING = {"um-hum": "mm-hm", "huh-uh": "uh-uh"}


@dataclass(frozen=True)
class Act(Span):
    """A dialogue act: its label and its words."""

    label: str
    words: tuple[Word, ...]


@dataclass(frozen=True)
class Conversation:
    """A conversation: the acts of each side, its units, and the overlaps that were found."""

    name: str
    acts: dict[str, tuple[Act, ...]]
    units: tuple[Unit, ...]
    events: tuple[OverlapEvent, ...]

    @property
    def length_s(self) -> float:
        """From the start to the last word, in seconds."""
        return max(act.end_s for own in self.acts.values() for act in own)

    def left_undone(self, event: OverlapEvent) -> bool:
        """Whether the holder's act under an overlap was abandoned, or continued later."""
        acts = self.acts[event.holder]
        place = max(0, bisect_left(acts, event.end_s - 1e-3, key=lambda act: act.start_s) - 1)
        following = acts[place + 1].label if place + 1 < len(acts) else ""
        return acts[place].label.startswith("%") or following.startswith("+")


def read(half: str, config: Config) -> Iterator[Conversation]:
    """The conversations of a half, in order of their numbers."""
    with tarfile.open(DATA / "words_and_acts.tar.gz") as tar:
        texts = {
            match[1]: file.read().decode("latin-1")
            for member in tar.getmembers()
            if (match := re.search(r"sw(\d+[AB])-word-da\.csv$", member.name))
            and (file := tar.extractfile(member)) is not None
        }
    names = sorted({name[:-1] for name in texts})
    for number, name in enumerate(names):
        if half == "all" or (number % 2 == 0) == (half == "dev"):
            acts = {side: tuple(_acts(texts[name + side], side)) for side in "AB"}
            yield _conversation(name, acts, config)


def _acts(text: str, side: str) -> Iterator[Act]:
    """The acts of one side; words of noise have none."""
    found: list[tuple[str, str, list[Word]]] = []
    for row in csv.reader(io.StringIO(text)):
        try:
            start_s, end_s = float(row[1]), float(row[2])
        except (ValueError, IndexError):
            continue
        if end_s <= start_s or row[3].startswith(("[", "<")) or not row[3].strip():
            continue
        spelled = re.sub(r"\[[^\]]*\]", "", row[3])
        word = Word(start_s, end_s, side, _SPELLING.get(spelled, spelled), 1.0, Timing.MEASURED)
        if not word.text:
            continue
        if found and found[-1][0] == row[6] and row[4] != "B":
            found[-1][2].append(word)
        else:
            found.append((row[6], row[5], [word]))
    for _, label, words in found:
        yield Act(words[0].start_s, max(word.end_s for word in words), label, tuple(words))


def _conversation(name: str, acts: dict[str, tuple[Act, ...]], config: Config) -> Conversation:
    words = {side: [word for act in own for word in act.words] for side, own in acts.items()}
    activities = [
        Activity(side, tuple(SpeechRegion(s.start_s, s.end_s, side) for s in merged(said)))
        for side, said in words.items()
    ]
    said = sorted((word for own in words.values() for word in own), key=lambda w: w.start_s)
    units = inter_pausal_units(activities, config.turns)
    turns = build_turns(units, said, config.turns)
    return Conversation(name, acts, units, find_overlaps(units, turns, said, config.overlaps))


def backchannels(found: Sequence[Conversation]) -> tuple[int, int, int]:
    """Right, missed and false backchannels among bursts that the other's talk outlasts."""
    right = missed = false = 0
    for one in found:
        heard = [e for e in one.events if e.kind is OverlapKind.BACKCHANNEL]
        for unit in one.units:
            if not any(
                o.speaker != unit.speaker and o.start_s - 0.3 <= unit.start_s < o.end_s
                and o.end_s > unit.end_s
                for o in one.units
            ):  # fmt: skip
                continue
            acts = [act for act in one.acts[unit.speaker] if act.overlaps(unit)]
            listens = all(act.label.split("@")[0] in LISTENS for act in acts)
            told = any(e.incomer == unit.speaker and e.overlaps(unit) for e in heard)
            right += listens and told
            missed += listens and not told
            false += told and not listens
    return right, missed, false


def show(one: Conversation, event: OverlapEvent) -> None:
    """Print the words around a claim: ``|`` is where the overlap begins, ``#`` where it ends."""
    print(f"\n{one.name}, {event.start_s:.1f} s")
    for who, side in (("had the turn", event.holder), ("came in", event.incomer)):
        text, last_s = "", None
        for word in (word for act in one.acts[side] for word in act.words):
            if not event.start_s - AROUND_S < word.middle_s < event.end_s + AROUND_S:
                continue
            for mark, at_s in (("| ", event.start_s), ("# ", event.end_s)):
                if last_s is not None and last_s <= at_s < word.end_s:
                    text += mark
            if last_s is not None and word.start_s - last_s > 0.4:
                text += f"({word.start_s - last_s:.1f}) "
            text, last_s = f"{text}{word.text} ", word.end_s
        print(f"  {who:13}{text}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--half", choices=["dev", "test", "all"], default="dev")
    parser.add_argument("--claims", type=int, default=0)
    options = parser.parse_args()
    if not DATA.is_dir():
        print(f"{DATA.name} is not there: nothing was measured")
        return
    found = list(read(options.half, Config()))
    minutes = sum(one.length_s for one in found) / 60
    every = [(one, event) for one in found for event in one.events]
    claims = [(o, e) for o, e in every if e.kind is OverlapKind.INTERRUPTION]
    print(f"{len(found)} conversations, {minutes:.0f} minutes")
    for what, events in (("claimed interruptions", claims), ("all overlaps", every)):
        undone = sum(one.left_undone(event) for one, event in events) / max(1, len(events))
        rate = 10 * len(events) / minutes
        print(f"  {what}: {len(events)}, {rate:.2f} in ten minutes, left undone {undone:.2f}")
    right, missed, false = backchannels(found)
    f1 = 2 * right / max(1, 2 * right + missed + false)
    print(f"  backchannels: F1 {f1:.2f} (precision {right / max(1, right + false):.2f}, "
          f"recall {right / max(1, right + missed):.2f})")  # fmt: skip
    random.seed(1)
    for one, event in random.sample(claims, min(options.claims, len(claims))):
        show(one, event)


if __name__ == "__main__":
    main()
