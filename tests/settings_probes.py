"""The cheapest stages that settings steer, on drawn calls: what they give for some settings."""

from __future__ import annotations

import atexit
import itertools
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from callcoach.analysis.interpretation import interpreted
from callcoach.analysis.trust import with_trust
from callcoach.audio.activity import detect_activity
from callcoach.audio.decode import decode
from callcoach.audio.health import check_audio, health_warnings, with_crosstalk
from callcoach.audio.holds import find_holds
from callcoach.audio.waveform import waveforms
from callcoach.calibration.compare import calibrate
from callcoach.calibration.fairness import check_fairness
from callcoach.calibration.human import HumanScore, HumanScores
from callcoach.calibration.pairs import ScoredCall
from callcoach.calibration.text import calibration_text
from callcoach.coaching.facts import facts_of
from callcoach.coaching.measures.catalogue import measured
from callcoach.config.config import Config
from callcoach.config.guide import shipped_guide
from callcoach.config.measures import MeasuresConfig
from callcoach.dialogue.listening import measure_listening
from callcoach.dialogue.overlaps import find_overlaps
from callcoach.dialogue.paraphrase import find_paraphrases, paraphrase_scores
from callcoach.dialogue.phrasebook import Matcher
from callcoach.dialogue.questions import find_questions
from callcoach.dialogue.responses import find_responses
from callcoach.dialogue.role_evidence import words_on_roles
from callcoach.dialogue.roles import sure_enough
from callcoach.dialogue.silences import find_silences
from callcoach.dialogue.tension_arc import tension_arc
from callcoach.dialogue.turns import build_turns, inter_pausal_units
from callcoach.dialogue.understand import understand, utterance_turns
from callcoach.errors import AudioError
from callcoach.measure.dialogue import SaidTurn
from callcoach.measure.dialogues import measure_dialogue
from callcoach.model.analysis import CallAnalysis
from callcoach.model.language import Utterance
from callcoach.model.party import Role
from callcoach.model.recording import Audio, CallWarning
from callcoach.model.speech import Activity, SpeechRegion, Timing, Turn, Word
from callcoach.model.timeline import Span
from callcoach.privacy.detectors import find_private
from callcoach.privacy.redaction import redact
from callcoach.reports.site.agent_page import agent_page
from callcoach.reports.site.index_page import render_index
from callcoach.reports.site.team_page import team_page
from callcoach.speech.transcribe import Transcript
from callcoach.voice.comparison import compare
from callcoach.voice.composure import find_composure
from callcoach.voice.departures import threshold
from callcoach.voice.measures import CallVoice, measure_voice
from callcoach.voice.nuclei import acoustic_rate
from callcoach.voice.rate import pauses_within
from callcoach.voice.tension import turn_tensions
from digests import many
from factory import settled, tense_call, two_channels
from private_lines import batch, parsed
from shipped import digest_of
from sounds import noise, silence, tone, voice
from talkers import gain, late, talker

Probe = Callable[[Config], Any]

DEFAULTS = Config()
LABELS = Path(__file__).parent / "labels_paraphrase" / "service.jsonl"
RATE_HZ = 16000


class BagOfWords:
    """A sentence model of no worth: texts are near where they share words."""

    name = "bag of words"

    def __init__(self) -> None:
        self._rows: dict[str, np.ndarray] = {}

    def encode(self, texts: Any) -> Any:
        return np.stack([self._row(text) for text in texts]) if texts else np.zeros((0, 97))

    def describe(self, texts: Any) -> Any:
        return self.encode(texts)[:, None, :]

    def _row(self, text: str) -> np.ndarray:
        if text not in self._rows:
            row = np.zeros(97, np.float32)
            for word in text.lower().split():
                row[sum(map(ord, word)) % 97] += 1
            self._rows[text] = row / max(float(np.linalg.norm(row)), 1e-6)
        return self._rows[text]


ENCODER = BagOfWords()


MATCHER = Matcher(DEFAULTS.phrases, None, DEFAULTS.matching)


# ------------------------------------------------------------------ who speaks when


@cache
def talk(seed: int) -> tuple[tuple[Activity, ...], tuple[Word, ...], float]:
    """Two people who talk, listen, cut in and wait at random, in words that settings list."""
    rng = np.random.default_rng(seed)
    overlaps, silences = DEFAULTS.overlaps, DEFAULTS.silences
    short = (
        *overlaps.continuer_words, *overlaps.acknowledgement_words, *overlaps.receipt_words,
        *overlaps.bid_words,
    )  # fmt: skip
    said = (
        "i paid the bill in march and it was wrong", "that is done then", "what is the number?",
        "please wait while i look", "one quick moment", "hold just a moment please",
        *silences.announce_phrases, *silences.wait_over_phrases,
        *overlaps.repair_phrases,
    )  # fmt: skip
    regions: dict[str, list[SpeechRegion]] = {"agent": [], "customer": []}
    words: list[Word] = []
    now = 0.5
    who = "agent"
    for _ in range(80):
        other = "customer" if who == "agent" else "agent"
        brief = rng.random() < 0.3
        length = float(rng.uniform(0.15, 1.4) if brief else rng.uniform(0.8, 9.0))
        text = str(rng.choice(short if brief else said))
        if not brief and rng.random() < 0.4:
            text += f" {rng.choice(OPEN_ENDS)}"
        start = max(now, max((r.end_s for r in regions[who]), default=0.0) + 0.05)
        gap_at = start + length * 0.5
        parts = [(start, start + length)]
        if length > 3 and rng.random() < 0.5:
            pause = float(rng.uniform(0.1, 1.5))
            parts = [(start, gap_at), (gap_at + pause, start + length + pause)]
        regions[who] += [SpeechRegion(a, b, who) for a, b in parts]
        texts = text.split()
        inside = [a + (b - a) * (k + 0.1) / 4 for a, b in parts for k in range(4)]
        for place, word in enumerate(texts):
            at = inside[place * len(inside) // len(texts)]
            words.append(Word(at, at + 0.05, who, word, 0.9, Timing.MEASURED))
        end = parts[-1][1]
        step = rng.choice((-1.2, -0.6, -0.25, -0.1, 0.1, 0.4, 0.8, 3.5, 9.0))
        now = max(0.5, end + float(step))
        who = other if rng.random() < 0.8 else who
    length_s = max(r.end_s for own in regions.values() for r in own) + 1.0
    activities = tuple(Activity(name, tuple(own)) for name, own in regions.items())
    return activities, tuple(sorted(words, key=lambda w: w.start_s)), length_s


OPEN_ENDS = ("the", "my", "we", "of", "were", "w-")


def who_speaks_when(config: Config) -> Any:
    result = []
    for seed in range(6):
        activities, words, length_s = talk(seed)
        units = inter_pausal_units(activities, config.turns)
        turns = build_turns(units, words, config.turns)
        noisy = {"agent": 12.0, "customer": 30.0}
        overlaps = find_overlaps(units, turns, words, config.overlaps, snr_db=noisy)
        gaps = [(a.end_s, b.start_s) for a, b in itertools.pairwise(units)]
        held = [Span(a, a + 0.6 * (b - a)) for a, b in gaps if b > a][::3]
        silences = find_silences(
            units, length_s, config.silences, config.turns, words=words, holds=held
        )
        short = activities, turns, overlaps, silences, 60.0
        listening = measure_listening(*short, config.listening, config.overlaps)
        result.append((overlaps, silences, listening, turns, utterance_turns(turns, config)))
    return result


def transcripts(config: Config) -> Any:
    from callcoach.measure.dialogue import Dialogue

    names = ("operator", "caller")
    turns = tuple(
        SaidTurn(names[i % 2], text, Span(3.0 * i, 3.0 * i + 2))
        for i, text in enumerate(("hello there", "[noise]", "what is it", "my bill is wrong"))
    )
    return measure_dialogue(Dialogue("d", turns), config)


# ------------------------------------------------------------------ what is said


# What the labelled exchanges do not hold: lines said twice, questions asked twice, vague promises.
WRITTEN = (
    ("customer", "My bill is wrong again and I am really upset, nobody helps me."),
    ("agent", "I am so sorry about that, that must be very upsetting."),
    ("customer", "Yes. I have waited for forty minutes and this is a disgrace. It is a scam."),
    ("agent", "I am so sorry about that, that must be very upsetting. Thank you for waiting."),
    ("customer", "I want to speak to a manager, this is the third time that I call."),
    ("agent", "What is the number on the bill that came with the parcel?"),
    ("customer", "It is four two seven nine."),
    ("agent", "So the number is four two seven nine, is that right?"),
    ("customer", "Not quite, it is four two seven eight."),
    ("agent", "What is the number on the bill that came with the parcel? Are you able to see it?"),
    ("customer", "Four two seven eight, I said so before."),
    ("agent", "Excuse me but I cannot do that. It is not my fault. We can go through it together."),
    ("customer", "And what happens now?"),
    ("agent", "Mm-hm."),
    ("customer", "I am angry, I was charged twice and it must stop."),
    (
        "agent",
        "This was our mistake. I added a check so that it does not happen again. We share it.",
    ),
    ("customer", "Good."),
    ("agent", "I will transfer you to a manager. Could you tell me what is your name?"),
    ("customer", "Jo."),
    ("agent", "Somebody will call you back soon, at some point. Goodbye."),
)


@cache
def exchanges(count: int = 12) -> tuple[tuple[Utterance, ...], ...]:
    rows = [json.loads(line) for line in LABELS.read_text(encoding="utf-8").splitlines()]
    rows.insert(0, {"turns": [{"role": role, "text": text} for role, text in WRITTEN]})
    return tuple(
        tuple(
            Utterance(f"t{i}", Role(turn["role"]), turn["text"], Span(4.0 * i, 4.0 * i + 3.5), 0.7)
            for i, turn in enumerate(row["turns"])
        )
        for row in rows[:count]
    )


@cache
def scripts() -> tuple[CallAnalysis, ...]:
    """The exchanges as calls, and the two longer ones."""
    made = [two_channels(), tense_call()]
    for number, said in enumerate(exchanges(30)):
        turns = tuple(
            Turn(u.span.start_s, u.span.end_s, u.id, str(u.role), u.text)
            for u in said
            if u.span is not None
        )
        base = two_channels()
        made.append(
            replace(
                base,
                call=replace(base.call, id=f"exchange-{number}"),
                turns=turns,
                words=(),
                activity=tuple(SpeechRegion(t.start_s, t.end_s, t.speaker) for t in turns),
                warnings=(),
                overlaps=(),
            )
        )
    return tuple(interpreted(settled(call), MATCHER, DEFAULTS) for call in made)


def language(config: Config) -> Any:
    result = []
    for said in exchanges():
        found = understand(said, (), MATCHER, config)
        result.append((found, find_questions(said, MATCHER, ENCODER, config.questions)))
        result.append(
            find_responses(found.concerns, said, found.acts, ENCODER, config.responses, config.acts)
        )
    return result


def paraphrases(config: Config) -> Any:
    result = []
    for said in exchanges():
        scores = paraphrase_scores(said, ENCODER, config.paraphrase, config.paraphrase_weights)
        given = {u.id for u in said if u.role is Role.AGENT}
        result.append((scores, find_paraphrases(said, scores, given, config.paraphrase)))
    return result


def whole_calls(config: Config) -> Any:
    """What depends on who is the agent, in the two longer calls."""
    calls = [interpreted(call, MATCHER, config) for call in (two_channels(), tense_call())]
    arcs = [
        tension_arc(
            call.tension or (),
            [
                Utterance(t.id, Role(t.speaker), t.text, Span(t.start_s, t.end_s))
                for t in call.turns
            ],
            config.arc,
        )
        for call in calls
    ]
    return calls, arcs


def roles(config: Config) -> Any:
    said = two_channels()
    other = tuple(replace(w, text="Flurbo" if w.text == "Harbour" else w.text) for w in said.words)
    parties = ("agent", "customer")
    activities = tuple(
        Activity(name, tuple(r for r in said.activity if r.speaker == name)) for name in parties
    )
    guesses = [
        words_on_roles(Transcript(words, ()), activities, config)
        for words in (said.words, other, other[20:45], other[60:90])
    ]
    return guesses, [sure_enough(guess, config.roles) for guess in guesses]


def private(config: Config) -> Any:
    texts = [text for name in ("dev",) for text in batch(name)[::2]]
    deaf = replace(scripts()[0], words=scripts()[0].words[:20])
    return [find_private(parsed(text)[0], config.redaction) for text in texts], [
        redact(call, config.redaction) for call in (scripts()[0], deaf)
    ]


# ------------------------------------------------------------------ voices


class Rising:
    """Hears a pitch that rises and falls with the level."""

    model = None
    hop_s = 0.016

    def track(self, samples: Any, rate_hz: int) -> Any:
        times = np.arange(0, len(samples) / rate_hz, self.hop_s)
        at = np.minimum((times * rate_hz).astype(int), len(samples) - 1)
        return times, 150.0 + 400.0 * np.abs(samples[at].astype(float))


def voices(config: Config) -> Any:
    call = tense_call()
    result = []
    for measures in call.voice:
        result.append(compare(measures, None, config))
        result.append(threshold(measures.windows, config.stretches))
        turns = [t for t in call.turns if t.speaker == measures.speaker]
        result.append(turn_tensions(turns, measures.timeline, config.tension))
    agent = next(v for v in call.voice if v.speaker == "agent")
    own = [t for t in call.turns if t.speaker == "agent"]
    return result, find_composure(call.tension or (), own, agent.timeline, config.composure)


@cache
def sound() -> tuple[Any, tuple[Turn, ...], tuple[Word, ...], Activity]:
    rng = np.random.default_rng(3)
    seconds = 32.0
    times = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    pitch = 140 + 30 * np.sin(times * 1.3) + 10 * np.sin(times * 7)
    samples = voice(pitch, -22.0, RATE_HZ) * (0.5 + 0.5 * np.abs(np.sin(times * 9)))
    samples = samples + noise(seconds, -55.0, RATE_HZ, seed=1)
    spans = [(0.5, 7.0), (7.3, 12.0), (13.0, 20.0), (20.15, 24.0), (25.0, 31.0)]
    regions = tuple(SpeechRegion(a, b, "agent") for a, b in spans)
    turns = tuple(Turn(a, b, f"t{i}", "agent", "") for i, (a, b) in enumerate(spans))
    words = tuple(
        Word(at, at + 0.2, "agent", str(rng.choice(("paid", "seventeen", "April"))), 0.9,
             Timing.MEASURED)
        for a, b in spans
        for at in np.arange(a, b - 0.3, 0.35).tolist()
    )  # fmt: skip
    return samples.astype(np.float32), turns, words, Activity("agent", regions)


def sounds(config: Config) -> Any:
    samples, turns, words, activity = sound()
    call = CallVoice(activity, turns, words)
    measures = measure_voice(samples, RATE_HZ, call, Rising(), config)
    times, _ = Rising().track(samples, RATE_HZ)
    voiced = times[np.sin(times * 9) ** 2 > 0.1]
    rate = acoustic_rate(samples, RATE_HZ, activity.regions, voiced, config.rate)
    return measures, rate, pauses_within(Span(0.0, 31.0), activity.regions, config.rate.min_pause_s)


def recordings(config: Config) -> Any:
    samples, _, _, activity = sound()
    quiet = samples * 0.01
    both = np.stack([samples, quiet])
    audio = Audio(both, RATE_HZ, 8000, "pcm", "0" * 64, (1.0, 0.01), (0.01, 0.0))
    health = check_audio(audio, config.audio)
    spoken = (activity, replace(activity, speaker="customer", snr_db=5.0))
    leaked = with_crosstalk(health, tuple(replace(a, leak_s=4.0) for a in spoken))
    told = health_warnings(audio, leaked, spoken, config.audio, told_apart=False)
    return health, told, waveforms(audio, spoken, config.waveform)


def opened(config: Config) -> Any:
    """A file with a header, and one without, or why they are refused."""
    return [_opened(path, config) for path in _files()]


@cache
def _files() -> tuple[Path, ...]:
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with_header, without = folder / "a.wav", folder / "a.raw"
    soundfile.write(with_header, noise(1.5, -20.0, 8000, seed=1), 8000)
    without.write_bytes(bytes(np.random.default_rng(0).integers(0, 256, 16000, np.uint8)))
    return with_header, without


def _opened(path: Path, config: Config) -> Any:
    try:
        audio = decode(path, config.audio)
    except AudioError as error:
        return str(error)
    return audio.duration_s, audio.source_rate_hz, audio.clipped_shares, float(audio.samples.std())


class Level:
    """Calls loud frames speech, the louder the surer."""

    def probabilities(self, samples: Any) -> Any:
        count = -(-len(samples) // 512)
        frames = np.zeros(count * 512)
        frames[: len(samples)] = samples
        rms = np.sqrt((frames.reshape(count, 512) ** 2).mean(axis=1))
        return (1 / (1 + np.exp(-(20 * np.log10(rms + 1e-9) + 45) / 4))).astype(np.float32)


@cache
def leaking() -> Audio:
    seconds = 16.0
    one = talker(((0.5, 3.0), (3.12, 4.0), (4.2, 4.27), (8.0, 11.0)), seconds, 140, 1)
    two = talker(((4.8, 7.5), (9.5, 9.8), (12.0, 15.0)), seconds, 220, 2)
    hiss = [noise(seconds, level, seed=seed) for seed, level in ((3, -62), (4, -48))]
    left = one + late(two, 0.15) * gain(-22) + hiss[0]
    right = two * gain(-8) + late(one, 0.05) * gain(-30) + hiss[1]
    samples = np.stack([left, right]).astype(np.float32)
    peaks = tuple(float(abs(row).max()) for row in samples)
    return Audio(samples, RATE_HZ, 8000, "pcm", "0" * 64, peaks, (0.0, 0.0))


def activities(config: Config) -> Any:
    return detect_activity(leaking(), ("agent", "customer"), Level(), config.activity)


@cache
def line_sounds() -> Any:
    def dual(one: float, other: float, seconds: float, down: float = 0.0) -> Any:
        return tone(one, seconds, -23.0) + tone(other, seconds, -23.0 - down)

    def chord(root: float) -> Any:
        return sum(voice(np.full(8000, root * r), -30.0) for r in (1, 1.26, 1.5))

    music = np.concatenate([chord(r) for r in (220.0, 294.0, 247.0, 196.0) * 2])
    parts = [
        music, silence(1.0), music[:16000], silence(3.0),
        dual(440, 480, 1.0), silence(3.0), dual(440, 480, 1.0), silence(1.0),
        tone(425, 0.5, -20.0), silence(0.5), tone(425, 0.5, -20.0), silence(1.0),
        tone(425, 1.0, -20.0), silence(2.0), tone(1000, 0.7, -48.0), silence(1.0),
        dual(697, 1209, 0.08, 6.0), silence(0.5), dual(770, 1336, 0.05, 9.0), silence(1.0),
        music[:12000] * 0.1 + noise(0.75, -40.0), tone(1400, 0.2, -20.0), silence(1.0),
    ]  # fmt: skip
    sound = np.concatenate(parts) + 0.0
    return (sound + noise(len(sound) / RATE_HZ, -70.0)[: len(sound)]).astype(np.float32)[None]


def holds(config: Config) -> Any:
    speech = (SpeechRegion(4.1, 4.6, "agent"), SpeechRegion(5.0, 5.1, "agent"))
    return find_holds(line_sounds(), RATE_HZ, [Activity("agent", speech)], config.holds)


def calibrations(config: Config) -> Any:
    rng = np.random.default_rng(5)
    names = [f"c{n:02}" for n in range(60)]
    theirs = rng.uniform(0, 100, 60)
    ours = np.clip(theirs + rng.normal(0, 15, 60), 0, 100)
    machine = [
        ScoredCall(n, {"validate": float(o), "attend": float(o) if i % 5 == 0 else None})
        for i, (n, o) in enumerate(zip(names, ours, strict=True))
    ]
    human = HumanScores(
        tuple(
            HumanScore(name, rater, practice, float(np.clip(score + by, 0, 100)))
            for i, (name, score) in enumerate(zip(names, theirs, strict=True))
            for rater, by, every in (("ann", 0.0, 1), ("ben", 8.0, 4))
            for practice in ("validate", "attend")
            if i % every == 0
        )
    )
    few = config.calibration.model_copy(update={"resamples": config.calibration.resamples // 20})
    groups = {
        name: ("north", "south", "west", "east")[min(3, n % 7)] for n, name in enumerate(names)
    }
    compared = calibrate(machine, human, few)
    return (
        compared,
        calibration_text(compared),
        check_fairness(machine, groups, few, human=human),
    )


# ------------------------------------------------------------------ scores and pages


def scores(config: Config) -> Any:
    return [dict(measured(facts_of(call), config.measures)) for call in scripts()]


def trusts(config: Config) -> Any:
    names = [name.removeprefix("trust_") for name in MeasuresConfig.model_fields]
    call = scripts()[0]
    return [
        with_trust(replace(call, warnings=(CallWarning(name, "."),)), config.measures).trust
        for name in names
        if f"trust_{name}" in MeasuresConfig.model_fields
    ]


@cache
def people() -> list[Any]:
    rise = {"validate": 30.0, "calmness": -15.0}
    calls = [*many("ana", 70, rise=rise, seed=1), *many("bo", 25, seed=2), *many("cy", 6, seed=3)]
    return calls


def pages(config: Config) -> Any:
    calls, guide = people(), shipped_guide()
    own = [call for call in calls if call.agent_id == "ana"]
    return (
        agent_page("ana", own, guide, config),
        team_page(calls, guide, config),
        render_index(calls, [], guide, config=config),
    )


def trust_levels(config: Config) -> Any:
    calls = []
    for trust in (0.3, 0.6, 0.9):
        worn = settled(two_channels())
        parties = tuple(replace(item, trust=trust) for item in worn.trust)
        calls.append(digest_of(replace(worn, trust=parties), config.site))
    from coached import scored

    for coverage in (0.1, 0.4, 0.6):
        card = scored().scorecard
        assert card is not None
        covered = replace(scored(), scorecard=replace(card, coverage=coverage))
        calls.append(digest_of(covered, config.site))
    return calls


PROBES: Mapping[str, tuple[Probe, ...]] = {
    "turns": (who_speaks_when,),
    "overlaps": (who_speaks_when,),
    "silences": (who_speaks_when,),
    "listening": (who_speaks_when,),
    "transcripts": (transcripts,),
    "concerns": (language, whole_calls),
    "acts": (language, whole_calls, who_speaks_when),
    "responses": (language, whole_calls),
    "questions": (language, whole_calls),
    "closing": (whole_calls, language),
    "gist": (whole_calls, language),
    "arc": (whole_calls,),
    "paraphrase": (paraphrases,),
    "roles": (roles,),
    "redaction": (private,),
    "tension": (voices,),
    "composure": (voices,),
    "calmness": (voices,),
    "stretches": (voices,),
    "baseline": (voices, sounds),
    "level": (sounds,),
    "effort": (sounds,),
    "rate": (sounds,),
    "pitch": (sounds,),
    "audio": (recordings, opened),
    "activity": (activities,),
    "holds": (holds,),
    "calibration": (calibrations,),
    "waveform": (recordings,),
    "measures": (trusts, scores),
    "site": (trust_levels, pages),
    "trends": (pages,),
    "sampling": (pages,),
}
"""What shows that the settings of a section reach their stage."""
