"""Numbers said digit by digit: how much of them can be heard in the copy, and what is written.

    python benchmarks/spoken_digits.py [--calls 36] [--kept FOLDER]

Calls are made with Debian's recorded telephone prompts and flite (see tests/spoken_digits.py): in
one go, in groups, with pauses of 0.1 to 1.5 s, with and without a question, one in four with noise
at 25 dB. Each goes through the whole pipeline; then as if the recogniser had been deaf to a random
two fifths of each number, and to all of it. ``--kept`` keeps what was transcribed.

With ``--talk FOLDER`` recordings of ordinary talk: the share of speech that is silent.
"""

from __future__ import annotations

import argparse
import dataclasses
import pickle
import random
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import soundfile

from callcoach.analysis.analyse import analyse
from callcoach.analysis.models import Models, load_models
from callcoach.config.config import Config
from callcoach.model.analysis import CallAnalysis
from callcoach.model.party import Side
from callcoach.model.recording import Recording
from callcoach.model.timeline import Span, intersections, merged, total_s
from callcoach.privacy.redaction import redact
from callcoach.privacy.silencing import silent_stretches

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from spoken_digits import RATE_HZ, SpokenNumber, digit_call  # noqa: E402

NOISE_DB = -25.0
PART = 0.4  # of a number that the recogniser does not hear
HEARD = ("all heard", "deaf to part", "deaf to all")
SOUNDS = (".wav", ".mp3", ".flac")


def unredacted(recording: Recording, models: Models, config: Config) -> CallAnalysis:
    """A call's analysis before anything private was hidden."""
    kept: list[CallAnalysis] = []
    analyse(recording, models, config, unredacted=kept.append)
    return kept[0]


def without_words(
    call: CallAnalysis, numbers: Sequence[SpokenNumber], heard: str, rng: random.Random
) -> CallAnalysis:
    """The call as if the recogniser had not heard some of its numbers, or parts of them."""
    gone = []
    for number in numbers:
        whole = Span(number.spans[0].start_s, number.spans[-1].end_s)
        if heard == "deaf to part":
            first_s = whole.start_s + rng.random() * (1 - PART) * whole.duration_s
            whole = Span(first_s, first_s + PART * whole.duration_s)
        gone.append(whole)
    words = tuple(w for w in call.words if not any(g.contains(w.middle_s) for g in gone))
    turns = tuple(
        dataclasses.replace(
            turn,
            text=" ".join(
                w.text
                for w in words
                if w.speaker == turn.speaker and turn.start_s <= w.middle_s <= turn.end_s
            ),
        )
        if any(g.overlaps(turn) for g in gone)
        else turn
        for turn in call.turns
    )
    return dataclasses.replace(call, words=words, turns=turns)


def silent(call: CallAnalysis, config: Config) -> tuple[Span, ...]:
    """What the copy of a call does not hold."""
    return silent_stretches(call, config.reports.silence_margin_s)


def made(
    count: int, kept: Path, config: Config
) -> Iterator[tuple[CallAnalysis, tuple[SpokenNumber, ...]]]:
    """Calls with numbers, analysed and not redacted."""
    models: Models | None = None
    for seed in range(count):
        call = digit_call(seed, noise_db=NOISE_DB if seed % 4 == 3 else None)
        path, result = kept / f"{seed}.wav", kept / f"{seed}.pickle"
        if not result.is_file():
            models = models or load_models(config)
            soundfile.write(path, call.samples, RATE_HZ)
            recording = Recording(path, path.stem, agent_side=Side.LEFT)
            result.write_bytes(pickle.dumps(unredacted(recording, models, config)))
        yield pickle.loads(result.read_bytes()), call.numbers


def tell_numbers(count: int, kept: Path, config: Config) -> None:
    """Print how much of the numbers is heard and read."""
    calls = list(made(count, kept, config))
    rng = random.Random(1)
    print(f"{'':14}{'numbers':>8}{'audible':>9}{'their words alone':>19}{'digits written':>16}")
    for heard in HEARD:
        many, whole_s, left_s, words_s, written, digits = 0, 0.0, 0.0, 0.0, 0, 0
        for call, numbers in calls:
            raw = call if heard == HEARD[0] else without_words(call, numbers, heard, rng)
            after = redact(raw, config.redaction)
            quiet, alone = silent(after, config), merged(after.redactions or ())
            for number in numbers:
                said = merged(number.spans)
                many, whole_s = many + 1, whole_s + total_s(said)
                left_s += total_s(said) - total_s(intersections(said, quiet))
                words_s += total_s(said) - total_s(intersections(said, alone))
                digits += len(number.digits)
            said = merged(Span(n.spans[0].start_s, n.spans[-1].end_s) for n in numbers)
            written += _digits_shown(after, said)
        print(
            f"{heard:14}{many:8}{left_s / whole_s:9.1%}{words_s / whole_s:19.1%}"
            f"{written:8} of {digits}"
        )


def _digits_shown(call: CallAnalysis, said: Sequence[Span]) -> int:
    """Figures in words that were said while a number was."""
    return sum(
        character.isdigit()
        for word in call.words
        if any(span.contains(word.middle_s) for span in said)
        for character in word.text
    )


def tell_talk(recordings: Iterable[Path], config: Config) -> None:
    """Print how much of ordinary talk is silent."""
    models = load_models(config)
    for path in recordings:
        call = redact(unredacted(Recording(path, path.stem), models, config), config.redaction)
        speech = merged(call.activity)
        quiet = silent(call, config)
        alone = silent(dataclasses.replace(call, silenced=None), config)
        if speech:
            print(
                f"{path.stem:28}{total_s(speech):6.0f} s of speech, silent "
                f"{total_s(intersections(speech, quiet)) / total_s(speech):6.1%}, for hidden words "
                f"{total_s(intersections(speech, alone)) / total_s(speech):6.1%}"
            )


def main() -> None:
    """Make, analyse and count."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--calls", type=int, default=36)
    parser.add_argument("--kept", type=Path)
    parser.add_argument("--talk", type=Path)
    options = parser.parse_args()
    config = Config()
    if options.talk is not None:
        found = sorted(p for p in options.talk.rglob("*") if p.suffix in SOUNDS)
        tell_talk(found, config)
        return
    with tempfile.TemporaryDirectory() as folder:
        kept = options.kept or Path(folder)
        kept.mkdir(parents=True, exist_ok=True)
        tell_numbers(options.calls, kept, config)


if __name__ == "__main__":
    main()
