"""How right the kinds of simultaneous speech are.

    python benchmarks/overlaps.py [--only mixes|meetings] [--whole]

Mixes (``tests/mixes.py``): turns of two real callers placed anew, crosstalk at -25 dB, clean and
with noise. An event is right with the same incomer and kind and an onset at most 0.5 s away. The
settings were tuned on the first seeds; the others are the test (of other places and choices, with
the same two voices). The truth knows no words, so activity alone decides. ``--whole`` runs some of
the test's mixes through the whole analysis, Whisper's words included: its bursts are pieces of
sentences for a good part ("bring it in"), which words tell apart from a listener's sounds.

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
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile

from callcoach.analysis.analyse import analyse
from callcoach.analysis.models import load_models
from callcoach.audio.activity import detect_activity
from callcoach.audio.silero import SileroVad
from callcoach.config.config import Config
from callcoach.dialogue.overlaps import find_overlaps
from callcoach.dialogue.turns import build_turns, inter_pausal_units
from callcoach.model.interaction import OverlapKind
from callcoach.model.party import Side
from callcoach.model.recording import Recording

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

SEEDS = {"tuned on": (1, 2, 3, 4, 5, 6), "test": (21, 22, 23, 24, 25, 26)}
WHOLE_SEEDS = (21, 22)
SNRS_DB = (None, 30.0, 20.0, 10.0)
KINDS = (
    OverlapKind.INTERRUPTION,
    OverlapKind.BACKCHANNEL,
    OverlapKind.TERMINAL,
    OverlapKind.DUAL_START,
    OverlapKind.ATTEMPTED,
)
SURE = 0.8


Found = dict[OverlapKind, list[mixes.Matched]]


def measure_mixes() -> None:
    """Print F1 and onset error of each kind, for each noise, over all seeds."""
    config = Config()
    detector = SileroVad()
    pool, rate_hz = mixes.clips()
    for half, seeds in SEEDS.items():
        for snr_db in SNRS_DB:
            scores: Found = {kind: [] for kind in KINDS}
            for seed in seeds:
                mix = mixes.make_mix(pool, rate_hz, seed=seed, snr_db=snr_db)
                activities = detect_activity(mix.audio(), mixes.SIDES, detector, config.activity)
                units = inter_pausal_units(activities, config.turns)
                turns = build_turns(units, (), config.turns)
                events = find_overlaps(units, turns, (), config.overlaps)
                for kind in KINDS:
                    scores[kind].append(mixes.match(mix, events, kind))
            _print_mixes(f"mixes, {half}, {_noise(snr_db)}", scores)


def measure_whole() -> None:
    """Print the same for whole analyses of the mixes as recordings."""
    config = Config()
    models = load_models(config)
    pool, rate_hz = mixes.clips()
    sides = dict(zip(("agent", "customer"), mixes.SIDES, strict=True))
    for snr_db in (None, 20.0):
        scores: Found = {kind: [] for kind in KINDS}
        for seed in WHOLE_SEEDS:
            mix = mixes.make_mix(pool, rate_hz, seed=seed, snr_db=snr_db)
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "mix.wav"
                soundfile.write(path, mix.samples.T, mix.rate_hz)
                found = analyse(Recording(path, "mix", agent_side=Side.LEFT), models, config)
            events = [
                replace(e, incomer=sides[e.incomer], holder=sides[e.holder])
                for e in found.overlaps or ()
            ]
            for kind in KINDS:
                scores[kind].append(mixes.match(mix, events, kind))
        _print_mixes(f"mixes, test, whole analysis, {_noise(snr_db)}", scores)


def _noise(snr_db: float | None) -> str:
    return "clean" if snr_db is None else f"{snr_db:g} dB"


def _print_mixes(title: str, scores: Found) -> None:
    print(title)
    for kind, found in scores.items():
        right, missed, false = (
            sum(getattr(f, name) for f in found) for name in ("right", "missed", "false")
        )
        errors = [e for f in found for e in f.errors_s]
        error = f"{1000 * float(np.median(errors)):.0f} ms" if errors else "none"
        f1 = 2 * right / max(1, 2 * right + missed + false)
        print(
            f"  {kind.value:13} F1 {f1:.3f}  right {right:3} missed {missed:3} false {false:3}"
            f"  median onset error {error}",
            flush=True,
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


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", choices=["mixes", "meetings"])
    parser.add_argument("--whole", action="store_true", help="also whole analyses (minutes)")
    options = parser.parse_args()
    if options.only != "meetings":
        if not mixes.CALL.is_file():
            print(f"{mixes.CALL.name} is not there: no mixes")
        else:
            measure_mixes()
            if options.whole:
                measure_whole()
    if options.only != "mixes":
        if not MEETINGS.is_dir():
            print(f"{MEETINGS.name} is not there: no meetings")
            return
        tuned, test = read_meetings(MEETINGS)
        measure_meetings("tuned on", tuned)
        measure_meetings("test", test)


if __name__ == "__main__":
    main()
