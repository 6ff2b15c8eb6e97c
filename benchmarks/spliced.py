"""Is what we say of an agent's voice right? Calls spliced from acted clips, and ordinary speech.

    python benchmarks/spliced.py [--data ../shared/data] [--actors dev|test|all] [--show]

Each call has a given text and a given structure, and both people's turns are spliced from clips of
two actors (RAVDESS over a telephone band, **for evaluation only**). Of each actor as agent:

- ``anger``: a harsh customer, and the agent's strongly angry voice in the next two turns: to name;
- ``long anger``: the same in four turns, after words that are on no list: to name;
- ``curt``: no harsh customer, but the agent's own words are curt, with the strongly angry voice:
  to name;
- ``held``: the same harsh customer, and the agent's usual calm and neutral clips: nothing to name;
- ``joy``: the fault is gone, both people are loud with joy: nothing, and no tension that came down;
- ``bad line``: the agent's strongest voice because the customer hears nothing: nothing;
- ``steps``: the strongest voice with step-by-step instructions after a concern: nothing.

Then ordinary speech, in turns of 3 to 12 s: calm, neutral and mildly happy clips, the recorded
prompts of Debian's ``asterisk-core-sounds-en-wav``, and each real call kept by ``--calls FOLDER``
(pickled analyses). There every departure of the voice is counted, and those that would be named if
every moment were a tense one: the chance that is kept by design, whatever the words are.

Printed are the share of strong anger that is named, and the false findings and departures for three
hours of the agent's speech.
"""

from __future__ import annotations

import argparse
import csv
import pickle
import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
import soxr

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from callcoach.analysis.interpretation import interpreted  # noqa: E402
from callcoach.analysis.models import load_matcher  # noqa: E402
from callcoach.coaching.setup import coached, load_standard  # noqa: E402
from callcoach.config.config import Config  # noqa: E402
from callcoach.dialogue.turns import build_turns, inter_pausal_units  # noqa: E402
from callcoach.model.analysis import CallAnalysis  # noqa: E402
from callcoach.model.coaching import Verdict  # noqa: E402
from callcoach.model.recording import FloatArray  # noqa: E402
from callcoach.model.speech import Activity, SpeechRegion, Timing, Word  # noqa: E402
from callcoach.model.timeline import Span  # noqa: E402
from callcoach.model.voice import VoiceMeasures  # noqa: E402
from callcoach.voice.level import active_level, active_spans  # noqa: E402
from callcoach.voice.measures import CallVoice, measure_voice  # noqa: E402
from callcoach.voice.syllables import count_syllables  # noqa: E402
from callcoach.voice.trackers import load_tracker  # noqa: E402
from factory import settled, two_channels  # noqa: E402

CONFIG = Config()
RATE_HZ = 8000
PROMPTS = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
THREE_HOURS_S = 3 * 3600.0
VOICE_CODES = {"raised", "hurried", "flat", "voice_rose"}
DEV = ("actor01", "actor02", "actor03", "actor04")
TEST = ("actor05", "actor06", "actor07", "actor08")

A, C = "agent", "customer"
Line = tuple[str, str, str]

OPENING: tuple[Line, ...] = (
    (A, "usual", "Good morning, this is customer service, how can I help you today?"),
    (C, "usual", "I am calling about the washing machine that I ordered from you last month."),
    (A, "usual", "Sure, let me see, do you have the order there, or the name it was made under?"),
    (C, "usual", "It was made under my own name, and it was on the second of the month I think."),
    (A, "usual", "I can see the order here, and it went to the warehouse on the fourth."),
    (C, "usual", "And since then I have heard nothing at all from the people who deliver it."),
    (A, "usual", "They have a new system there, so it takes a day until I can see what they do."),
    (C, "usual", "So where is it now, is it still there or is it on the way to my place?"),
    (A, "usual", "The last thing I see is that it was put on a van and then taken off again."),
)
CLOSING: tuple[Line, ...] = (
    (A, "usual", "The van comes between eight and twelve, and the driver will ring you before."),
    (C, "usual", "All right, I will be at home in the morning on that day."),
    (A, "usual", "I have put a note on the order that the bell does not work on your side."),
    (C, "usual", "Yes that is how it is, they need to knock on the window."),
    (A, "usual", "And the old machine goes with them, it is on the same sheet of paper."),
    (C, "usual", "Fine, then that is it from my side."),
    (A, "usual", "Is there anything else I can do for you today? Then have a good day, goodbye."),
)
MIDDLES: Mapping[str, tuple[Line, ...]] = {
    "anger": (
        (C, "angry", "This is ridiculous, I have waited for three weeks, it is unacceptable!"),
        (A, "angry", "The van was full on that day, and the people there decide what goes on it."),
        (C, "angry", "I am fed up with this, nobody tells me anything and you are useless!"),
        (A, "angry", "The order is in the system, and that is all that I see from here."),
        (C, "usual", "So when will it be here then?"),
    ),
    "long anger": (
        (C, "angry", "It is always the same with you, and it goes on and on, three weeks now."),
        (A, "angry", "The van was full on that day, and the people there decide what goes on it."),
        (C, "angry", "Then give me somebody who knows, because you clearly know nothing at all."),
        (A, "angry", "The order is in the system, and that is all that I see from here."),
        (C, "angry", "This is the third time that I call and the third time I hear that."),
        (A, "angry", "And the third time it is so, the list is the list and I did not write it."),
        (C, "angry", "You have my money and I have no machine, how can that be?"),
        (A, "angry", "Because the money goes by itself, and the machine goes on a van."),
        (C, "usual", "So when will it be here then?"),
    ),
    "curt": (
        (C, "usual", "And what is the number on the sheet for, is that for the driver?"),
        (A, "angry", "As I said, that is the number of the order, I already told you that before."),
        (C, "usual", "And on which day was it put on the van again?"),
        (A, "angry", "You are not listening to me, I told you, it was on the ninth of the month."),
        (C, "usual", "So when will it be here then?"),
    ),
    "held": (
        (C, "angry", "This is ridiculous, I have waited for three weeks, it is unacceptable!"),
        (A, "usual", "The van was full on that day, and I can see that you have waited long."),
        (C, "angry", "I am fed up with this, nobody tells me anything and you are useless!"),
        (A, "usual", "I understand, let me find out right now on which van it can be put for you."),
        (C, "usual", "So when will it be here then?"),
    ),
    "joy": (
        (C, "happy", "Oh wait, the bell is ringing, it is here, it works, that is wonderful!"),
        (A, "happy", "That is great news, I am so glad that it is there at last, how wonderful!"),
        (C, "happy", "Thank you so much for your help, that is fantastic, you are brilliant!"),
        (A, "happy", "You are very welcome, I am so happy to hear that, thank you for telling me!"),
        (C, "usual", "And what do I do with the sheet of paper?"),
    ),
    "bad line": (
        (C, "usual", "I can't hear you, the line is terrible, there is a problem, hello?"),
        (A, "angry", "Is it better now, I said that the van was full on the day that you had."),
        (C, "usual", "You are still very quiet, can you speak up, I don't hear a thing."),
        (A, "angry", "The machine is in the warehouse, and it goes on the next van that is free."),
        (C, "usual", "So when will it be here then?"),
    ),
    "steps": (
        (C, "usual", "The page shows an error, it does not work and I cannot see where it is."),
        (A, "angry", "Go to the top on the right, click on orders, then select the second line."),
        (C, "usual", "It still does not work, it says that there is an error again."),
        (A, "angry", "Then press the back button, log in again, and tap on the small van."),
        (C, "usual", "Now I see it, it is in the list there."),
    ),
}  # fmt: skip
"""Middles by kind: who speaks, how, and what."""

TO_NAME = ("anger", "long anger", "curt")


@dataclass(frozen=True)
class Spliced:
    """A call with what is planted: where the strong voice of the agent is."""

    kind: str
    actor: str
    analysis: CallAnalysis
    planted: Span | None


class Clips:
    """The clips of the actors, cut to their speech."""

    def __init__(self, data: Path) -> None:
        self._paths: dict[tuple[str, str], list[Path]] = defaultdict(list)
        with (data / "voice" / "clips.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                strong = row["intensity"] == "2"
                for kind, labels in (
                    ("usual", (("neutral", False), ("calm", False), ("calm", True))),
                    ("lively", (("neutral", False), ("calm", False), ("happy", False))),
                    ("angry", (("angry", True),)),
                    ("happy", (("happy", True),)),
                ):
                    if (row["label"], strong) in labels:
                        self._paths[row["speaker"], kind].append(data / "voice" / row["path"])

    def take(self, actor: str, kind: str, count: int, chance: random.Random) -> list[FloatArray]:
        """Some clips of a kind, no clip twice before all were taken."""
        known = self._paths[actor, kind]
        taken: list[Path] = []
        while len(taken) < count:
            taken += chance.sample(known, min(len(known), count - len(taken)))
        return [speech_of(path) for path in taken]


@cache
def speech_of(path: Path) -> FloatArray:
    """The speech of a recording at 8 kHz, without the silence around it."""
    sound, rate_hz = soundfile.read(path, dtype="float32")
    if rate_hz != RATE_HZ:
        sound = soxr.resample(sound, rate_hz, RATE_HZ)
    level = active_level(sound, RATE_HZ)
    spans = active_spans(sound, RATE_HZ, level.threshold)
    if not spans:
        return sound[:0]
    return sound[round(spans[0].start_s * RATE_HZ) : round(spans[-1].end_s * RATE_HZ)]


class Tape:
    """Two channels that grow turn by turn, with whose speech is where and the words."""

    def __init__(self) -> None:
        self.at_s = 0.5
        self.pieces: list[tuple[str, float, FloatArray]] = []
        self.regions: list[SpeechRegion] = []
        self.words: list[Word] = []

    def say(self, speaker: str, text: str, clips: Sequence[FloatArray], gap_s: float = 0.3) -> Span:
        """A turn of clips with short pauses between; the words are spread over them."""
        start_s, spans = self.at_s, []
        for clip in clips:
            end_s = self.at_s + len(clip) / RATE_HZ
            self.pieces.append((speaker, self.at_s, clip))
            spans.append(Span(self.at_s, end_s))
            self.at_s = end_s + gap_s
        self.regions += [SpeechRegion(s.start_s, s.end_s, speaker) for s in spans]
        said = text.split()
        share = len(said) / len(spans)
        for index, span in enumerate(spans):
            own = said[round(index * share) : round((index + 1) * share)]
            each_s = span.duration_s / max(1, len(own))
            for place, word in enumerate(own):
                at_s = span.start_s + place * each_s
                self.words.append(Word(at_s, at_s + each_s, speaker, word, 1.0, Timing.MEASURED))
        end_s = spans[-1].end_s
        self.at_s = end_s + 0.5
        return Span(start_s, end_s)

    def channel(self, speaker: str) -> FloatArray:
        """The sound of one of the two, over a line's faint noise."""
        noise = np.random.default_rng(7).normal(0, 10 ** (-66 / 20), round(self.at_s * RATE_HZ))
        sound = noise.astype(np.float32)
        for who, at_s, clip in self.pieces:
            if who == speaker:
                first = round(at_s * RATE_HZ)
                sound[first : first + len(clip)] += clip[: len(sound) - first]
        return sound


def voices_of(tape: Tape, speakers: Sequence[str] = (C, A)) -> tuple[CallAnalysis, ...]:
    """The call on a tape as an analysis: turns, words and measured voices, nothing understood."""
    activities = tuple(
        Activity(name, tuple(r for r in tape.regions if r.speaker == name)) for name in speakers
    )
    words = tuple(tape.words)
    turns = build_turns(inter_pausal_units(activities, CONFIG.turns), words, CONFIG.turns)
    tracker = load_tracker(CONFIG.pitch)
    voice = tuple(
        measure_voice(
            tape.channel(activity.speaker),
            RATE_HZ,
            CallVoice(activity, turns, words),
            tracker,
            CONFIG,
        )
        for activity in activities
    )
    base = two_channels()
    return (
        replace(
            base,
            call=replace(base.call, duration_s=tape.at_s),
            words=words,
            turns=turns,
            activity=tuple(sorted(tape.regions, key=lambda r: r.start_s)),
            voice=voice,
            overlaps=(),
            silences=(),
            warnings=(),
            unmeasured=(),
        ),
    )


def splice(kind: str, actor: str, other: str, clips: Clips) -> Spliced:
    """A call of a kind with one actor as the agent and another as the customer."""
    chance = random.Random(f"{kind} {actor}")
    tape = Tape()
    planted: list[Span] = []
    for speaker, how, text in (*OPENING, *MIDDLES[kind], *CLOSING):
        who = actor if speaker == A else other
        # An acted sentence has seven syllables.
        count = max(2, round(sum(map(count_syllables, text.split())) / 7))
        span = tape.say(speaker, text, clips.take(who, how, count, chance))
        if speaker == A and how in ("angry", "happy"):
            planted.append(span)
    (analysis,) = voices_of(tape)
    matcher, _ = load_matcher(CONFIG)
    analysis = settled(interpreted(settled(analysis), matcher, CONFIG))
    where = Span(planted[0].start_s, planted[-1].end_s) if planted else None
    return Spliced(kind, actor, coached(analysis, load_standard(CONFIG)), where)


def told(call: Spliced) -> list[tuple[str, Span]]:
    """The findings about the agent's voice, as things to work on."""
    return [
        (finding.code, finding.span)
        for finding in call.analysis.findings or ()
        if finding.code in VOICE_CODES and finding.verdict is Verdict.OPPORTUNITY
    ]


# --------------------------------------------------------------------------- ordinary speech


def ordinary(clips: Clips, actors: Sequence[str]) -> Iterator[tuple[str, VoiceMeasures]]:
    """Voices of people who speak as they do: of each actor, of the prompts."""
    for actor in actors:
        chance = random.Random(f"ordinary {actor}")
        tape = Tape()
        for _ in range(80):
            count = chance.randint(2, 6)
            text = " ".join(["word or another"] * count)
            tape.say(A, text, clips.take(actor, "lively", count, chance))
            tape.at_s += 1.0
        yield actor, voices_of(tape, (A,))[0].voice[0]
    if PROMPTS.is_dir():
        paths = [p for p in sorted(PROMPTS.rglob("*.wav")) if p.stat().st_size > 30_000]
        tape = Tape()
        chance = random.Random("prompts")
        while paths:
            count = min(len(paths), chance.randint(1, 3))
            taken, paths = paths[:count], paths[count:]
            sounds = [sound for path in taken if len(sound := speech_of(path)) > RATE_HZ // 2]
            if sounds:
                tape.say(A, " ".join(["word"] * 3 * count), sounds)
                tape.at_s += 1.0
        yield "prompts", voices_of(tape, (A,))[0].voice[0]


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Is what we say of an agent's voice right?")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--actors", choices=("dev", "test", "all"), default="all")
    parser.add_argument("--calls", type=Path, help="folder of pickled analyses of real calls")
    parser.add_argument("--show", action="store_true", help="each call with what was found")
    given = parser.parse_args()
    actors = {"dev": DEV, "test": TEST, "all": DEV + TEST}[given.actors]
    clips = Clips(given.data)
    named = planted = false = held = joyful_tension = 0
    spoken_s = 0.0
    for kind in MIDDLES:
        for place, actor in enumerate(actors):
            call = splice(kind, actor, actors[place - 1], clips)
            found = told(call)
            where = call.planted if kind in TO_NAME else None
            hits = [code for code, span in found if where is not None and span.overlaps(where)]
            named += bool(hits)
            planted += where is not None
            false += len(found) - len(hits)
            agent = next(v for v in call.analysis.voice if v.speaker == A)
            spoken_s += agent.support_s
            codes = {finding.code for finding in call.analysis.findings or ()}
            held += kind == "held" and "voice_held" in codes
            joyful_tension += kind == "joy" and (
                "calmed" in codes or any(t.tense for t in call.analysis.tension or ())
            )
            if given.show:
                departed = [(d.kind.value, d.start_s, round(d.score, 1)) for d in agent.departures]
                print(f"{kind:9s} {actor} found {found} planted {where} departed {departed}")
                print(
                    f"          parts {len(agent.parts)} tense "
                    f"{[round(t.tension, 2) for t in call.analysis.tension or ()]}"
                )
    print(f"Strong anger in a tense moment or with curt words: {named} of {planted} named.")
    print(f"Voice findings elsewhere: {false} in {spoken_s / 60:.0f} min of the agents' speech.")
    print(f"An even voice after harsh words named: {held} of {len(actors)}.")
    print(f"Joy taken for tension: {joyful_tension} of {len(actors)} calls.")
    departed, ordinary_s = 0, 0.0
    for name, voice in ordinary(clips, actors):
        departed += len(voice.departures)
        ordinary_s += voice.support_s
        if given.show:
            print(name, round(voice.support_s), len(voice.parts), voice.departures)
    print(
        f"Ordinary speech: {departed} departures in {ordinary_s / 60:.0f} min, "
        f"{departed * THREE_HOURS_S / ordinary_s:.1f} in three hours if every moment were tense."
    )
    if given.calls:
        report_calls(given.calls, given.show)
    return 0


def report_calls(folder: Path, show: bool) -> None:
    """Departures and findings of real calls that were analysed before."""
    departed = findings = 0
    seconds = 0.0
    for path in sorted(folder.glob("*.pkl")):
        analysis = coached(pickle.loads(path.read_bytes()), load_standard(CONFIG))
        for voice in analysis.voice:
            departed += len(voice.departures)
            seconds += voice.support_s
            if show and voice.departures:
                print(path.stem, voice.speaker, voice.departures)
        codes = [f.code for f in analysis.findings or () if f.code in VOICE_CODES]
        findings += len(codes)
    print(
        f"Real calls: {departed} departures and {findings} voice findings in "
        f"{seconds / 60:.0f} min of speech."
    )


if __name__ == "__main__":
    sys.exit(main())
