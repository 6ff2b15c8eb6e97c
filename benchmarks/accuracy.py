"""How right the words and the times are, on calls whose truth is known.

    python benchmarks/accuracy.py                          the sample calls
    python benchmarks/accuracy.py RECORDING LINES.txt      the left channel against its text
    ... --engine ctranslate2|openai

On the sample calls: word error rate per party (Whisper's English normaliser), agreement of speech
activity with the truth (F1 of the time), and each kind of simultaneous speech (found within
0.5 s and called by its right name). The samples are synthetic and clean: these numbers show that
nothing is broken, not how good callcoach is on real calls.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

import jiwer
import numpy as np
from whisper.normalizers import EnglishTextNormalizer

from callcoach.analysis import analyse
from callcoach.batch.source import read_source
from callcoach.batch.worker import load_models
from callcoach.call import CallAnalysis, Recording, Side
from callcoach.config import Config
from callcoach.timeline import Span, intersections, merged, total_s

SAMPLES = Path(__file__).resolve().parent.parent / "data_samples"
NEAR_S = 0.5

plain = EnglishTextNormalizer()


def word_error_rate(reference: str, analysis: CallAnalysis, speaker: str) -> float:
    """Word error rate of one party against its text."""
    heard = " ".join(word.text for word in analysis.words if word.speaker == speaker)
    return float(jiwer.wer(plain(reference), plain(heard)))


def activity_f1(truth: dict[str, Any], analysis: CallAnalysis, speaker: str) -> float:
    """Agreement of detected and true speech: time in both over the mean of the two."""
    said = merged(
        Span(*span) for t in truth["turns"] if t["speaker"] == speaker for span in t["spans"]
    )
    found = merged(region for region in analysis.activity if region.speaker == speaker)
    return 2 * total_s(intersections(said, found)) / (total_s(said) + total_s(found))


def count_overlaps(truth: dict[str, Any], analysis: CallAnalysis, counts: Counter[str]) -> None:
    """Add right, missed and extra events of each kind to ``counts``."""
    left = list(analysis.overlaps or ())
    for event in truth["overlaps"]:
        near = [e for e in left if abs(e.start_s - event["start_s"]) <= NEAR_S]
        match = next((e for e in near if e.kind.value == event["kind"]), None)
        if match is None:
            counts[f"{event['kind']} missed"] += 1
            continue
        left.remove(match)
        counts[f"{event['kind']} right"] += 1
    for extra in left:
        counts[f"{extra.kind.value} extra"] += 1


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("recording", nargs="?", type=Path)
    parser.add_argument("lines", nargs="?", type=Path)
    parser.add_argument("--engine", choices=["ctranslate2", "openai"], default="ctranslate2")
    options = parser.parse_args()
    speech = Config().speech.model_copy(update={"engine": options.engine})
    config = Config().model_copy(update={"speech": speech})
    models = load_models(config)
    if options.recording and options.lines:
        recording = Recording(options.recording, "call", agent_side=Side.LEFT)
        analysis = analyse(recording, models, config)
        text = " ".join(options.lines.read_text(encoding="utf-8").split())
        rate = word_error_rate(text, analysis, analysis.call.parties[0].id)
        print(f"word error rate {rate:.3f}")
        return
    counts: Counter[str] = Counter()
    rates, agreements = [], []
    for recording in read_source(
        SAMPLES / "calls.csv", config=Config().arrivals, settings=Config().source
    ).recordings:
        truth = json.loads((SAMPLES / "truth" / f"{recording.call_id}.json").read_text("utf-8"))
        if truth["channels"] != 2:
            continue
        analysis = analyse(recording, models, config)
        count_overlaps(truth, analysis, counts)
        for speaker in ("agent", "customer"):
            text = " ".join(t["text"] for t in truth["turns"] if t["speaker"] == speaker)
            rates.append(word_error_rate(text, analysis, speaker))
            agreements.append(activity_f1(truth, analysis, speaker))
            print(
                f"{recording.call_id:28} {speaker:9} word error rate {rates[-1]:.3f}"
                f"  speech F1 {agreements[-1]:.3f}"
            )
    print(f"word error rate: median {np.median(rates):.3f}, worst {max(rates):.3f}")
    print(f"speech F1: median {np.median(agreements):.3f}, worst {min(agreements):.3f}")
    for name in sorted(counts):
        print(f"{name:24} {counts[name]}")


if __name__ == "__main__":
    main()
