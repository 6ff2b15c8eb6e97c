"""Every real recording at hand: language, roles, speech without words, word and diarisation errors.

    python benchmarks/recordings.py [--data ../shared/data] [RECORDING ...]

One line a recording, as the table of docs/measures.md has it. Roles count as right where who said
a line of the agent's is the agent. Word errors are counted where a text lies beside the recording
(Whisper's English normaliser), diarisation errors (collar 0.25 s) where times were marked by hand,
and for the mono sum of a two-channel call against its own channels.
"""

from __future__ import annotations

import argparse
import itertools
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import jiwer
import soundfile
from whisper.normalizers import EnglishTextNormalizer

from callcoach.analysis.analyse import analyse
from callcoach.analysis.models import load_models
from callcoach.config.config import Config
from callcoach.errors import CallCoachError
from callcoach.model.analysis import CallAnalysis
from callcoach.model.party import Role, Side
from callcoach.model.recording import Recording, SecondFile
from callcoach.model.timeline import Span, merged

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from diarization_error import Timeline, error_rate  # noqa: E402

plain = EnglishTextNormalizer()

AGENT_SAYS = {
    "appointment_mono": "how may i help you",
    "auto_repairs_40": "how can i help you",
    "auto_repairs_40 summed": "how can i help you",
    "auto_repairs_mono_u8": "how can i help you",
    "en_two_people_a": "how can i help you",
    "shop_order_mono": "which color would you like",
    "ten_seconds": "happy to help you",
}
"""What the agent says, by recording; the others have no agent, or nobody else."""


@dataclass(frozen=True)
class Case:
    """A recording with what is known of it."""

    recording: Recording
    text: str | None = None
    truth: Timeline | None = None


def at_hand(data: Path, made: Path) -> Iterator[Case]:
    """The recordings of the shared data."""
    halves = {name: data / "phone" / f"ten_seconds_{name}.wav" for name in ("agent", "customer")}
    sounds = (".wav", ".mp3", ".flac")
    for path in sorted(p for kind in ("calls", "phone") for p in (data / kind).iterdir()):
        if path.suffix not in sounds or path in halves.values():
            continue
        lines = path.with_name(f"{path.stem}_agent_lines.txt")
        text = None
        if lines.is_file():
            text = re.sub(r"\[(.*?)\]\(.*?\)", r"\1", lines.read_text(encoding="utf-8"))
        yield Case(Recording(path, path.stem), text)
    second = SecondFile(halves["customer"])
    yield Case(Recording(halves["agent"], "ten_seconds", agent_side=Side.LEFT, second=second))
    both = data / "calls" / "auto_repairs_40.wav"
    samples, rate_hz = soundfile.read(both, dtype="float32")
    summed = made / "summed.wav"
    soundfile.write(summed, samples.mean(axis=1), rate_hz)
    yield Case(Recording(summed, f"{both.stem} summed"))
    yield from meetings(data / "diarization")


def meetings(folder: Path) -> Iterator[Case]:
    """Excerpts of meetings timed by hand: up to four people, far from a call."""
    rows = [line.split() for line in (folder / "ami_trn.rttm").read_text("utf-8").splitlines()]
    for name, own in itertools.groupby(rows, key=lambda row: row[1]):
        said: dict[str, list[Span]] = {}
        for row in own:
            start_s = float(row[3])
            said.setdefault(row[7], []).append(Span(start_s, start_s + float(row[4])))
        path = folder / f"ami_{name}.wav"
        yield Case(Recording(path, path.stem), truth=said)


def timeline(analysis: CallAnalysis) -> Timeline:
    """Who speaks when, as the analysis tells it."""
    return {
        party.id: merged(r for r in analysis.activity if r.speaker == party.id)
        for party in analysis.call.parties
    }


def roles_told(analysis: CallAnalysis, line: str | None) -> str:
    """Whether the one who says the agent's line is called the agent."""
    parties = {party.role: party.id for party in analysis.call.parties}
    source = "" if analysis.roles is None else analysis.roles.source.value
    if Role.AGENT not in parties:
        return "unknown" if len(analysis.call.parties) > 1 else "one voice"
    if line is None:
        return f"WRONG: an agent by {source}"
    said = {
        name: " ".join(w.text for w in analysis.words if w.speaker == name)
        for name in parties.values()
    }
    right = line in plain(said[parties[Role.AGENT]])
    return f"{'right' if right else 'WRONG'} by {source}"


def row(case: Case, analysis: CallAnalysis, truth: Timeline | None) -> str:
    """A line of the table."""
    parties = analysis.call.parties
    spoken = ", ".join(dict.fromkeys(p.language or "none" for p in parties))
    sure = [p.language_probability for p in parties if p.language_probability is not None]
    probability = f" ({min(sure):.2f})" if sure else ""
    lost = ", ".join(
        f"{(p.wordless_s or 0) / p.speech_s:.0%}" if p.speech_s else "no speech" for p in parties
    )
    words = errors = ""
    if case.text is not None:
        heard = " ".join(word.text for word in analysis.words)
        words = f"{jiwer.wer(plain(case.text), plain(heard)):.3f}"
    if truth is not None:
        errors = f"{error_rate(truth, timeline(analysis)).total:.1%}"
    roles = roles_told(analysis, AGENT_SAYS.get(case.recording.call_id))
    cells = (case.recording.call_id, f"{spoken}{probability}", roles, lost, words, errors)
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Analyse and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("recordings", nargs="*", type=Path)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    given = parser.parse_args()
    config = Config()
    # What is heard is counted: nothing is hidden in it.
    shown = config.redaction.model_copy(update={"on": False})
    config = config.model_copy(update={"redaction": shown})
    models = load_models(config)
    print("| recording | language | roles | speech without words | word errors | diarisation |")
    print("|---|---|---|---|---|---|")
    channels: dict[str, Timeline] = {}
    with tempfile.TemporaryDirectory() as folder:
        own = [Case(Recording(path, path.stem)) for path in given.recordings]
        for case in own or at_hand(given.data, Path(folder)):
            try:
                analysis = analyse(case.recording, models, config)
            except CallCoachError as error:
                print(f"| {case.recording.call_id} | {error} | | | | |", flush=True)
                continue
            name = case.recording.call_id
            if not analysis.call.mono:
                channels[f"{name} summed"] = timeline(analysis)
            truth = case.truth if case.truth is not None else channels.get(name)
            print(row(case, analysis, truth), flush=True)


if __name__ == "__main__":
    main()
