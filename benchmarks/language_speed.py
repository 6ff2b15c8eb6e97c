"""Turns a second of the language analysis, for dialogues of different lengths.

    python benchmarks/language_speed.py [TURNS ...]

Dialogues of turns that all differ: sentences of the phrase book's examples with numbers in them,
agent and customer by turns. CPU time of one process, the models loaded before. Time in proportion
to the dialogue shows as the same rate for each length.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Sequence

from callcoach.analysis.models import load_matcher
from callcoach.config.config import Config
from callcoach.dialogue.understand import understand
from callcoach.model.language import Utterance
from callcoach.model.party import Role

LENGTHS = (250, 1000, 2500)

OPENERS = ("well", "so", "okay", "right", "no", "yes", "look", "listen", "sorry", "please")
SUBJECTS = ("the parcel", "my bill", "the router", "your driver", "the fridge", "our contract")
VERBS = ("has not come", "is wrong again", "was late", "does not work", "is on its way", "was paid")
ENDS = ("since Monday", "for the second time", "as you said", "I think", "this week", "again")


def dialogue(turns: int) -> list[Utterance]:
    """A dialogue of that many turns, no two alike."""
    rng = random.Random(1)
    found = []
    for number in range(turns):
        parts = [rng.choice(words) for words in (OPENERS, SUBJECTS, VERBS, ENDS)]
        text = f"{parts[0]}, {parts[1]} {parts[2]} {parts[3]}. It is number {number + 100}."
        role = Role.AGENT if number % 2 else Role.CUSTOMER
        found.append(Utterance(f"t{number}", role, text))
    return found


def main(lengths: Sequence[int]) -> None:
    """Measure and print."""
    config = Config()
    matcher, _ = load_matcher(config)
    understand(dialogue(20), (), matcher, config)
    for turns in lengths:
        utterances = dialogue(turns)
        began = time.process_time()
        understand(utterances, (), matcher, config)
        took_s = time.process_time() - began
        print(f"{turns:6} turns: {took_s:6.1f} s of CPU, {turns / took_s:5.0f} turns a second")


if __name__ == "__main__":
    main([int(text) for text in sys.argv[1:]] or LENGTHS)
