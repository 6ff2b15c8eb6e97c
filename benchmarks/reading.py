"""Do the findings hold? Read each with what was said around it, judge, and count.

    python benchmarks/reading.py sheet OUT > to-read.txt
    python benchmarks/reading.py table OUT VERDICTS.csv [--app] > table.md

``sheet`` prints every finding of the calls in OUT: its words for the agent and the transcript
around it with times, but no code, no rule and no confidence, so that nobody judges the rule.
A reader writes VERDICTS.csv with the columns ``call, finding, verdict, reader, what``: ``verdict``
is ``holds``, ``does_not`` or ``cannot_tell``; ``reader`` is a name; ``what`` says what read it,
such as ``person`` or ``language model``. ``--app`` adds the opinions given in ``callcoach review``.

``table`` prints the precision per kind of finding and per band of confidence: what holds, out of
what holds or does not, with Wilson's 95 % interval. Each verdict counts; the readers are named.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from callcoach.calibration.resample import wilson
from callcoach.config.config import Config
from callcoach.model.analysis import CallAnalysis
from callcoach.model.coaching import Finding
from callcoach.model.reviews import Opinion
from callcoach.storage.output_folder import Store
from callcoach.storage.reviews import load_reviews

AROUND_S = 20.0  # transcript before and after a finding
BANDS = (0.0, 0.5, 0.7, 0.9)  # lower ends of the bands of confidence
CONFIDENCE = 0.95
PERSON = "person"


class Answer(StrEnum):
    """What a reader says of a finding."""

    HOLDS = "holds"
    DOES_NOT = "does_not"
    CANNOT_TELL = "cannot_tell"


OPINIONS = {
    Opinion.AGREE: Answer.HOLDS,
    Opinion.DISAGREE: Answer.DOES_NOT,
    Opinion.UNSURE: Answer.CANNOT_TELL,
}


@dataclass(frozen=True)
class Judgement:
    """One reader's answer on a finding, by its call and blind name; ``what`` names what read it."""

    call: str
    finding: str
    answer: Answer
    reader: str
    what: str


def blind(call: str, key: str) -> str:
    """A finding's name on the sheet: unlike its key, it does not tell the code."""
    return hashlib.sha256(f"{call} {key}".encode()).hexdigest()[:10]


def sheet(analyses: Iterable[CallAnalysis]) -> str:
    """Every finding to be judged, in the order of the calls and of their times."""
    return "\n".join(
        _entry(analysis, finding)
        for analysis in analyses
        for finding in sorted(analysis.findings or (), key=lambda item: item.start_s)
    )


def _entry(analysis: CallAnalysis, finding: Finding) -> str:
    roles = {party.id: party.role.value for party in analysis.call.parties}
    lines = [
        f"== call {analysis.call.id}  finding {blind(analysis.call.id, finding.key)}",
        f"{finding.verdict.value} at {finding.start_s:.1f}-{finding.end_s:.1f} s: {finding.title}",
    ]
    for turn in analysis.turns:
        if turn.end_s < finding.start_s - AROUND_S or turn.start_s > finding.end_s + AROUND_S:
            continue
        here = ">" if turn.start_s < finding.end_s and turn.end_s > finding.start_s else " "
        who = roles.get(turn.speaker, turn.speaker)
        lines.append(f"{here} {turn.start_s:7.1f}-{turn.end_s:<7.1f} {who:>8}: {turn.text}")
    return "\n".join([*lines, ""])


def read_judgements(path: Path) -> list[Judgement]:
    """The verdicts of a CSV file.

    Raises
    ------
    SystemExit
        If a line has no reader, does not say what read it, or has another verdict.
    """
    found = []
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            call, finding, verdict, reader, what = (
                (row.get(name) or "").strip()
                for name in ("call", "finding", "verdict", "reader", "what")
            )
            if verdict not in set(Answer) or not (call and finding and reader and what):
                raise SystemExit(
                    f"{path}, line {number}: expected call, finding, reader, what, and a verdict "
                    f"of {', '.join(Answer)}"
                )
            found.append(Judgement(call, finding, Answer(verdict), reader, what))
    return found


def from_app(out: Path, busy_s: float) -> list[Judgement]:
    """The opinions given in the review app, in the same form; people gave them."""
    return [
        Judgement(
            call, blind(call, review.finding), OPINIONS[review.opinion], review.reviewer, PERSON
        )
        for call, reviews in sorted(load_reviews(out, busy_s).items())
        for review in reviews.findings
    ]


def table(analyses: Iterable[CallAnalysis], judgements: Sequence[Judgement]) -> str:
    """The precision per kind of finding and per band of confidence, as Markdown."""
    known = {(a.call.id, blind(a.call.id, f.key)): f for a in analyses for f in a.findings or ()}
    by_code: dict[str, Counter[Answer]] = defaultdict(Counter)
    by_band: dict[str, Counter[Answer]] = defaultdict(Counter)
    readers: Counter[str] = Counter()
    gone = 0
    for item in judgements:
        finding = known.get((item.call, item.finding))
        if finding is None:
            gone += 1
            continue
        verdict = finding.verdict.value
        by_code[f"{verdict} `{finding.code}`"][item.answer] += 1
        low = max(band for band in BANDS if band <= finding.confidence)
        by_band[f"{verdict}, confidence from {low:g}"][item.answer] += 1
        readers[item.what] += 1
    told = ", ".join(f"{what} ({count} verdicts)" for what, count in sorted(readers.items()))
    return "\n".join(
        [
            f"Read by: {told or 'nobody'}. Verdicts on findings that are gone: {gone}.",
            "",
            *_rows("finding", by_code),
            "",
            *_rows("band", by_band),
        ]
    )


def _rows(name: str, counts: Mapping[str, Counter[Answer]]) -> list[str]:
    rows = [
        f"| {name} | holds | does not | cannot tell | precision | 95 % interval |",
        "|---|---|---|---|---|---|",
    ]
    for key, found in sorted(counts.items()):
        holds, wrong = found[Answer.HOLDS], found[Answer.DOES_NOT]
        share = interval = "-"
        if judged := holds + wrong:
            low, high = wilson(holds / judged, judged, CONFIDENCE)
            share, interval = f"{holds / judged:.2f}", f"{low:.2f} to {high:.2f}"
        rows.append(
            f"| {key} | {holds} | {wrong} | {found[Answer.CANNOT_TELL]} | {share} | {interval} |"
        )
    return rows


def main() -> None:
    """Print the sheet or the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("sheet", "table"):
        command = commands.add_parser(name)
        command.add_argument("out", type=Path, help="folder of callcoach run")
    command.add_argument("verdicts", type=Path, nargs="?", help="CSV of verdicts")
    command.add_argument("--app", action="store_true", help="add the review app's opinions")
    options = parser.parse_args()
    store = Store.existing(options.out)
    folders = sorted(path for path in (options.out / "calls").iterdir() if path.is_dir())
    analyses = [store.load(path.name) for path in folders]
    if options.command == "sheet":
        print(sheet(analyses))
        return
    judgements = read_judgements(options.verdicts) if options.verdicts else []
    if options.app:
        judgements += from_app(options.out, Config().review.busy_s)
    print(table(analyses, judgements))


if __name__ == "__main__":
    main()
