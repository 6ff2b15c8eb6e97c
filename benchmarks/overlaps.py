"""How right the kinds of simultaneous speech are.

    python benchmarks/overlaps.py [--only mixes|meetings] [--words]

Mixes (``tests/mixes.py``): turns of two real callers placed anew, crosstalk at -25 dB, clean and
with noise. An event is right with the same incomer and kind and an onset at most 0.5 s away. The
truth knows no words, so activity alone decides; ``--words`` also runs with the words of the call's
transcript, moved with the turns (the bursts are content words for the most part, which words turn
into attempts: read it beside the other lines).

Meetings (``benchmarks/meetings.py``): hand labels of the ICSI meetings, every two speakers a
dialogue, words and their times as given. The settings were tuned on the first half; the other half
is the test. Two tasks:

- Backchannels: bursts of one speaker that begin while the other speaks, labelled ``b`` or not.
  "sure" counts events of a confidence over 0.8 against all other labels; "aside" counts every event
  of the kind, with bursts labelled acknowledgement or acceptance neither right nor wrong (they are
  the same words at the same places); "all" counts them as right.
- Interrupted acts (label ``%-``), against the baseline that every overlap interrupts.

Needs ``../shared/data``; nothing of it is stored.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from callcoach.analysis import analyse
from callcoach.audio.activity import detect_activity
from callcoach.audio.silero import SileroVad
from callcoach.batch.worker import load_models
from callcoach.call import OverlapKind, Recording, Side, Word
from callcoach.config import Config
from callcoach.dialogue.overlaps import find_overlaps
from callcoach.dialogue.turns import build_turns, inter_pausal_units

ROOT = Path(__file__).resolve().parent.parent
MEETINGS = ROOT.parent / "shared" / "data" / "dialogue" / "mrda"
sys.path.insert(0, str(ROOT / "tests"))

import mixes  # noqa: E402
from meetings import (  # noqa: E402
    Act,
    Meeting,
    backchannel_score,
    interrupted_score,
    pairs,
    read_meetings,
)

SEEDS = (1, 2, 3, 4, 5, 6)
SNRS_DB = (None, 30.0, 20.0, 10.0)
KINDS = (
    OverlapKind.INTERRUPTION,
    OverlapKind.BACKCHANNEL,
    OverlapKind.TERMINAL,
    OverlapKind.DUAL_START,
    OverlapKind.ATTEMPTED,
)
SURE = 0.8


def measure_mixes(words: Sequence[Word]) -> None:
    """Print F1 and onset error of each kind, for each noise, over all seeds."""
    config = Config()
    detector = SileroVad()
    pool, rate_hz = mixes.clips()
    for snr_db in SNRS_DB:
        scores: dict[OverlapKind, list[mixes.Matched]] = {kind: [] for kind in KINDS}
        for seed in SEEDS:
            mix = mixes.make_mix(pool, rate_hz, seed=seed, snr_db=snr_db)
            activities = detect_activity(mix.audio(), mixes.SIDES, detector, config.activity)
            said = mixes.moved_words(mix, words, ("agent", "customer"))
            units = inter_pausal_units(activities, config.turns)
            turns = build_turns(units, said, config.turns)
            events = find_overlaps(units, turns, said, config.overlaps)
            for kind in KINDS:
                scores[kind].append(mixes.match(mix, events, kind))
        noise = "clean" if snr_db is None else f"{snr_db:g} dB"
        print(f"mixes, {noise}{', with words' if words else ''}")
        for kind, found in scores.items():
            right, missed, false = (
                sum(getattr(f, name) for f in found) for name in ("right", "missed", "false")
            )
            errors = [e for f in found for e in f.errors_s]
            error = f"{1000 * float(np.median(errors)):.0f} ms" if errors else "none"
            f1 = 2 * right / max(1, 2 * right + missed + false)
            print(
                f"  {kind.value:13} F1 {f1:.3f}  right {right:3} missed {missed:3} false {false:3}"
                f"  median onset error {error}"
            )


def measure_meetings(name: str, meetings: Sequence[Meeting]) -> None:
    """Print both tasks on some meetings."""
    config = Config()
    found = pairs(meetings, config)
    print(f"meetings, {name} ({len(meetings)} meetings, {len(found)} pairs of speakers)")
    for what, score in (
        ("sure, against all other labels", backchannel_score(found, config, least=SURE + 1e-6)),
        ("of the kind, against all other labels", backchannel_score(found, config)),
        ("of the kind, acknowledgements aside", backchannel_score(found, config, aside=_listens)),
        (
            "of the kind, acknowledgements right",
            backchannel_score(found, config, positive=_listens, aside=_listens),
        ),
    ):
        print(f"  backchannels {what}: {score}")
    baseline = interrupted_score(meetings, found, lambda event: True)
    print(f"  interrupted acts, any overlap: {baseline}")
    for what, counts in (
        ("kind interruption", lambda e: e.kind is OverlapKind.INTERRUPTION),
        ("holder cut off", lambda e: e.cut_off is not None),
        ("holder cut off in mid-sentence", lambda e: e.mid_sentence is True),
    ):
        score = interrupted_score(meetings, found, counts)
        ratio = score.f1 / max(1e-9, baseline.f1)
        print(f"  interrupted acts, {what}: {score}, {ratio:.2f} times the baseline")


def _listens(act: Act) -> bool:
    return act.backchannel or act.acknowledges


def _transcript() -> Sequence[Word]:
    config = Config()
    recording = Recording(mixes.CALL, "call", agent_side=Side.LEFT)
    return analyse(recording, load_models(config), config).words


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", choices=["mixes", "meetings"])
    parser.add_argument("--words", action="store_true", help="also with the call's transcript")
    options = parser.parse_args()
    if options.only != "meetings":
        if not mixes.CALL.is_file():
            print(f"{mixes.CALL.name} is not there: no mixes")
        else:
            measure_mixes(())
            if options.words:
                measure_mixes(_transcript())
    if options.only != "mixes":
        if not MEETINGS.is_dir():
            print(f"{MEETINGS.name} is not there: no meetings")
            return
        tuned, test = read_meetings(MEETINGS)
        measure_meetings("tuned on", tuned)
        measure_meetings("test", test)


if __name__ == "__main__":
    main()
