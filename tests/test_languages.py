"""The spoken language: heard for each party, and what it leaves unmeasured."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from callcoach.analysis.analyse import analyse
from callcoach.analysis.models import Models, load_models
from callcoach.audio.decode import decode
from callcoach.config.config import Config
from callcoach.config.privacy import RedactionConfig
from callcoach.config.speech import SpeechConfig
from callcoach.config.voice import RateConfig
from callcoach.dialogue.english import english_turns, english_words
from callcoach.dialogue.phrasebook import Matcher
from callcoach.model.analysis import CallAnalysis, ModelUse
from callcoach.model.interaction import OverlapKind
from callcoach.model.party import Side
from callcoach.model.private import PrivateKind
from callcoach.model.recording import Audio, Recording
from callcoach.model.speech import Activity, SpeechRegion, Timing, Turn, Word
from callcoach.model.unmeasured import PHRASE_BOOK
from callcoach.privacy.conversation import ConversationLine
from callcoach.privacy.detectors import find_private
from callcoach.reports.tables.rows import call_row
from callcoach.speech.engines import load_engine
from callcoach.speech.heard import PLAIN, Decoding, RecognizedClip, RecognizedWord
from callcoach.speech.hearing import (
    MIN_SPEECH_S,
    hear_languages,
    language_warnings,
    phrase_book_reason,
)
from callcoach.speech.languages import (
    LANGUAGE_NAMES,
    LanguageGuess,
    Languages,
    PartyLanguage,
    Spoken,
    language_name,
)
from callcoach.speech.transcribe import transcribe
from callcoach.voice.rate import speaking_rate
from callcoach.voice.trackers import load_tracker
from coached import coached
from doubles import LevelDetector
from shipped import render_html, render_markdown
from sounds import noise, silence, voice

RATE_HZ = 16_000
CONFIG = Config()
SHARED = Path(__file__).parents[2] / "shared"
Clip = npt.NDArray[np.float32]
TONES_HZ = {"en": 200.0, "es": 400.0, "cy": 600.0, "de": 800.0}
"""The unit tests' languages: a tone of one of these is spoken in that language, at any level."""


class Told:
    """Hears the language whose level the sound has, and writes a word of it."""

    name = "told"
    model = ModelUse("transcription", "told", "0" * 64, "test")
    multilingual = True

    def __init__(self, sure: float = 0.95) -> None:
        self._sure = sure
        self.asked = 0
        self.told: list[str] = []

    def transcribe(
        self, clips: Sequence[Clip], language: str, decoding: Decoding = PLAIN
    ) -> tuple[RecognizedClip, ...]:
        self.told += [language] * len(clips)
        ends = (max(0.8, len(clip) / RATE_HZ - 0.2) for clip in clips)  # no speech is left over
        heard = ((RecognizedWord(0.3, end_s, f" {language}-wort", 0.9),) for end_s in ends)
        return tuple(RecognizedClip(words, -0.2, 0.01, 1.2) for words in heard)

    def languages(self, clips: Sequence[Clip]) -> tuple[LanguageGuess, ...]:
        self.asked += len(clips)
        return tuple(self._guess(clip) for clip in clips)

    def _guess(self, clip: Clip) -> LanguageGuess:
        size = RATE_HZ // 20  # a whole number of periods of each tone
        frames = clip[: len(clip) // size * size].reshape(-1, size)
        power = np.abs(np.fft.rfft(frames, axis=1)) ** 2
        loud = power[power.sum(axis=1) > 0.01 * power.sum(axis=1).max()]
        heard_hz = loud.argmax(axis=1) * RATE_HZ / size
        shares = {c: float(np.mean(np.abs(heard_hz - hz) < 50)) for c, hz in TONES_HZ.items()}
        left = (1 - self._sure) / 20  # as many other languages
        mixed = {code: self._sure * share + left for code, share in shares.items()}
        return LanguageGuess(tuple(sorted(mixed.items(), key=lambda item: -item[1])))


def spoken(*parties: list[tuple[float, float, str]]) -> tuple[Audio, list[Activity]]:
    """A call by what each party says: start and end in seconds, and the language."""
    end_s = max(end for party in parties for _, end, _ in party) + 1
    samples = np.zeros((len(parties), round(end_s * RATE_HZ)), dtype=np.float32)
    activities = []
    for row, party in enumerate(parties):
        name = f"speaker_{row + 1}"
        for start_s, stop_s, code in party:
            at = np.arange(round(start_s * RATE_HZ), round(stop_s * RATE_HZ))
            samples[row, at] = 0.2 * np.sin(2 * np.pi * TONES_HZ[code] * at / RATE_HZ)
        regions = tuple(SpeechRegion(start_s, stop_s, name) for start_s, stop_s, _ in party)
        activities.append(Activity(name, regions))
    peaks = (1.0,) * len(parties)
    return Audio(samples, RATE_HZ, RATE_HZ, "", "", peaks, peaks), activities


def told(*parties: list[tuple[float, float, str]], sure: float = 0.95) -> Languages:
    return hear_languages(*spoken(*parties), Told(sure), SpeechConfig())


def talk(code: str, start_s: float, seconds: float) -> list[tuple[float, float, str]]:
    """Sentences of 4 s with pauses of 2 s."""
    return [(at, at + 4, code) for at in np.arange(start_s, start_s + seconds, 6.0).tolist()]


# ------------------------------------------------------------------------------- what is heard


def test_each_party_has_the_language_it_speaks() -> None:
    found = told(talk("de", 0, 60), talk("de", 3, 60))
    assert [(p.code, p.stretches) for p in found.parties] == [("de", ()), ("de", ())]
    assert all(p.probability == pytest.approx(0.9525) for p in found.parties)
    assert not found.unsure and language_warnings(found) == ()
    assert phrase_book_reason(found) == "the words are in German; the phrase book is English"


def test_next_to_no_speech_follows_the_other_party() -> None:
    found = told(talk("es", 0, 60), [(5.0, 5.8, "cy"), (20.0, 20.6, "cy")])
    assert [p.code for p in found.parties] == ["es", "es"]


def test_a_party_that_is_not_sure_follows_the_call() -> None:
    mixed = [(40.0 + 6 * i, 44.0 + 6 * i, code) for i, code in enumerate(["cy", "en"] * 5)]
    found = told(talk("en", 0, 120), mixed)
    assert [p.code for p in found.parties] == ["en", "en"]


def test_two_people_who_are_each_sure_of_a_language_of_their_own() -> None:
    found = told(talk("en", 0, 60), talk("es", 3, 60))
    assert [(p.code, p.probability) for p in found.parties] == [
        ("en", pytest.approx(0.9525)),
        ("es", pytest.approx(0.9525)),
    ]
    assert [w.code for w in language_warnings(found)] == ["several_languages"]
    assert (
        phrase_book_reason(found) == "some of the words are in Spanish; the phrase book is English"
    )


def test_another_language_must_be_much_likelier_than_english() -> None:
    # Noisy English: half of it sounds like Welsh.
    half = [(6.0 * i, 6.0 * i + 4, "cy" if i % 2 else "en") for i in range(10)]
    assert {p.code for p in told(half).parties} == {"en"}


def test_a_guess_is_told() -> None:
    found = told(talk("de", 0, 30), sure=0.3)
    assert found.unsure
    (warning,) = language_warnings(found)
    assert warning.code == "language_unsure" and "German" in warning.text
    assert told(talk("es", 0, 30), sure=0.7).unsure, "of another language more is asked"
    assert not told(talk("en", 0, 30), sure=0.7).unsure
    short = told([(0.0, MIN_SPEECH_S - 1, "de")], sure=0.7)
    assert short.unsure, "five seconds at 0.78 are not enough"


def test_a_call_that_changes_its_language_says_when() -> None:
    party = talk("en", 0, 60) + talk("es", 60, 90)
    engine = Told()
    found = hear_languages(*spoken(party), engine, SpeechConfig())
    (own,) = found.parties
    assert own.code == "es"
    assert [s.code for s in own.stretches] == ["en", "es"]
    assert own.stretches[0].end_s == own.stretches[1].start_s == pytest.approx(60, abs=0.2)
    assert engine.asked <= 16
    (warning,) = language_warnings(found)
    assert warning.code == "language_changes"
    assert "from English to Spanish at about 0:59" in warning.text
    regions = [SpeechRegion(a, b, "speaker_1") for a, b, _ in party]
    (first, before), (second, after) = own.parts(regions)
    assert (first, second) == ("en", "es")
    assert [*before, *after] == regions


def test_who_says_little_changes_with_the_other() -> None:
    found = told(talk("en", 0, 60) + talk("es", 60, 90), [(20.0, 21.0, "en"), (100.0, 102.0, "es")])
    agent, customer = found.parties
    assert customer.stretches == agent.stretches != ()
    assert customer.code == "es"


def test_a_stretch_of_something_else_is_no_change() -> None:
    # Music or an announcement in the middle: one clip alone, and the clips beside it disagree.
    party = talk("en", 0, 54) + talk("de", 54, 6) + talk("en", 60, 60)
    assert told(party).parties[0].stretches == ()


def test_a_given_language_is_not_heard() -> None:
    engine = Told()
    audio, activities = spoken(talk("de", 0, 30), [])
    found = hear_languages(audio, activities, engine, SpeechConfig(language="fr"))
    assert found.parties == (PartyLanguage("speaker_1", "fr"),)
    assert engine.asked == 0


def test_weights_for_english_alone_hear_english() -> None:
    engine = Told()
    engine.multilingual = False
    found = hear_languages(*spoken(talk("de", 0, 30)), engine, SpeechConfig())
    assert found.parties == (PartyLanguage("speaker_1", "en"),)
    assert engine.asked == 0


def test_every_stretch_is_written_in_its_own_language() -> None:
    audio, activities = spoken([(0.0, 4.0, "en"), (6.0, 10.0, "es")], [(12.0, 16.0, "de")])
    stretches = (Spoken(0, 5, "en"), Spoken(5, 20, "es"))
    languages = (
        PartyLanguage("speaker_1", "es", 0.9, stretches),
        PartyLanguage("speaker_2", "de", 0.9),
    )
    engine = Told()
    words = transcribe(audio, activities, engine, SpeechConfig(), languages).words
    assert [w.text for w in words] == ["en-wort", "es-wort", "de-wort"]
    assert [round(w.start_s) for w in words] == [0, 6, 12]
    assert engine.told == ["en", "es", "de"]


# ------------------------------------------------------------------------ what words are asked


def test_only_english_words_are_asked_what_they_mean() -> None:
    change = PartyLanguage("agent", "es", 0.9, (Spoken(0, 10, "en"), Spoken(10, 20, "es")))
    languages = Languages((change, PartyLanguage("customer", "de", 0.9)))
    words = [
        Word(at, at + 1, who, text, 0.9, Timing.MEASURED)
        for at, who, text in ((1, "agent", "yes"), (12, "agent", "no"), (3, "customer", "so"))
    ]
    assert [w.text for w in english_words(words, languages)] == ["yes"]
    turns = [Turn(1, 2, "t1", "agent", "yes"), Turn(3, 5, "t2", "customer", "Wie bitte?")]
    assert [t.text for t in english_turns(turns, languages)] == ["yes", "?"]


def test_syllables_of_other_languages_are_not_counted() -> None:
    said = ["palabra"] * 20
    config = RateConfig()
    rate = speaking_rate(said, 10.0, config, {"es"})
    assert rate is not None and rate.syllables_per_s is None
    assert rate.words_per_min == pytest.approx(120)
    assert speaking_rate(said, 10.0, config, {"zh"}) is None
    english = speaking_rate(said, 10.0, config)
    assert english is not None and english.syllables_per_s is not None


@pytest.mark.parametrize(
    "text",
    [
        "Meine Kundennummer ist 4 5 6 7 8 9.",
        "Meine Nummer ist vier fünf sechs sieben acht neun.",
        "Mi número es cuatro cinco seis 789.",
        "Le numéro, c'est le 06 12 34 56 78.",
        "Il codice è 45-67-89.",
    ],
)
def test_long_numbers_are_hidden_in_every_language(text: str) -> None:
    lines = (ConversationLine("agent", True, text),)
    hidden = find_private(lines, RedactionConfig(), english=False)
    places = [place for private in hidden for _, place in private.places]
    shown = [word for i, word in enumerate(text.split()) if i not in places]
    assert not any(sign.isdigit() for word in shown for sign in word)
    assert not {"vier", "neun.", "cuatro", "seis"} & set(shown)


def test_short_numbers_and_cards_in_other_languages() -> None:
    config = RedactionConfig()
    line = ConversationLine("agent", True, "Das kostet 84 Euro und kam 2024.")
    assert find_private((line,), config, english=False) == ()
    card = ConversationLine("agent", True, "Die Karte ist 4111 1111 1111 1111.")
    (private,) = find_private((card,), config, english=False)
    assert private.kind is PrivateKind.CARD_NUMBER


def test_every_language_of_whisper_has_a_name() -> None:
    tokenizer = pytest.importorskip("faster_whisper.tokenizer")
    assert set(LANGUAGE_NAMES) == set(tokenizer._LANGUAGE_CODES)
    assert language_name("de") == "German"


# ------------------------------------------------------------------------------ the whole flow


class ByPitch(Told):
    """The agent speaks lower than the customer, 120 against 210 Hz; each has a language."""

    def __init__(self, agent: str, customer: str) -> None:
        super().__init__()
        self._codes = (agent, customer)

    def transcribe(
        self, clips: Sequence[Clip], language: str, decoding: Decoding = PLAIN
    ) -> tuple[RecognizedClip, ...]:
        text = {
            "en": "thank you for calling how can I help I am so sorry this is ridiculous",
            "de": "guten Tag ich habe eine Beschwerde meine Nummer ist 447192006 vielen Dank",
        }[language].split()
        words = tuple(
            RecognizedWord(0.2 + 0.3 * i, 0.45 + 0.3 * i, f" {w}", 0.9) for i, w in enumerate(text)
        )
        return tuple(RecognizedClip(words, -0.2, 0.01, 1.2) for _ in clips)

    def _guess(self, clip: Clip) -> LanguageGuess:
        low, high = (
            float(np.dot(clip[lag:], clip[:-lag])) for lag in (RATE_HZ // 120, RATE_HZ // 210)
        )
        code = self._codes[0 if low > high else 1]
        return LanguageGuess(((code, 0.97), ("en" if code != "en" else "de", 0.03)))


def call_in(agent: str, customer: str, tmp_path: Path, **channels: object) -> CallAnalysis:
    """A call of 48 s: agent and customer take turns of 8 s, the agent comes in once."""
    pause, turn = silence(8, RATE_HZ), 8 * RATE_HZ
    left = np.concatenate([voice(np.full(turn, 120.0), -20), pause] * 3)
    right = np.concatenate([pause, voice(np.full(turn, 210.0), -35)] * 3)
    left[round(11.8 * RATE_HZ) : round(12.2 * RATE_HZ)] = voice(np.full(6400, 120.0), -20)
    path = tmp_path / "call.wav"
    stereo = np.stack([left, right], axis=1) + noise(48, -75, RATE_HZ)[:, None]
    soundfile.write(path, stereo, RATE_HZ)
    engine = ByPitch(agent, customer)
    matcher = Matcher(CONFIG.phrases, None, CONFIG.matching)
    models = Models(engine, LevelDetector(), load_tracker(CONFIG.pitch), matcher, (engine.model,))
    recording = Recording(path, "call", agent_side=channels.get("side", Side.LEFT))  # type: ignore[arg-type]
    return analyse(recording, models, CONFIG)


WORDS_NEEDED = (
    "concerns", "responses", "acts", "paraphrases", "questions", "closing", "gist", "arc",
)  # fmt: skip


@pytest.fixture(scope="module")
def german(tmp_path_factory: pytest.TempPathFactory) -> CallAnalysis:
    return coached(call_in("de", "de", tmp_path_factory.mktemp("german")))


def test_a_german_call_has_everything_but_the_phrase_book(german: CallAnalysis) -> None:
    reason = "the words are in German; the phrase book is English"
    assert [(p.language, p.language_probability) for p in german.call.parties] == [("de", 0.97)] * 2
    assert any("Beschwerde" in turn.text for turn in german.turns)
    assert all(getattr(german, part) is None for part in WORDS_NEEDED)
    reasons = {item.measure: item.reason for item in german.unmeasured}
    assert {reasons[part] for part in (*WORDS_NEEDED, PHRASE_BOOK)} == {reason}
    # What needs no words is there.
    assert german.overlaps and german.overlaps[0].kind is OverlapKind.BACKCHANNEL
    assert german.overlaps[0].text == "" or "ist" not in german.overlaps[0].text
    assert german.listening is not None and len(german.listening.parties) == 2
    agent = next(v for v in german.voice if v.speaker == "agent")
    assert agent.pitch_median_st is not None and agent.level_dbov is not None
    assert agent.rate_syll_s is None
    assert german.tension is not None and all(t.words == 0 for t in german.tension)


def test_no_score_or_finding_comes_from_english_rules(german: CallAnalysis) -> None:
    assert german.scorecard is not None and german.findings is not None
    scores = {item.id: item for item in german.scorecard.practices}
    for chapter in ("validate", "respect", "clarify", "follow_up"):
        assert scores[chapter].score is None
        assert scores[chapter].reason == "the words are in German; the phrase book is English"
    assert all(item.kind == "measured" for item in german.findings)
    assert german.scorecard.overall is None


def test_the_page_and_the_table_say_the_language(german: CallAnalysis) -> None:
    text = render_markdown(german)
    assert "German (97 %)" in text
    assert "the words are in German; the phrase book is English" in text.lower().replace(
        "german", "German"
    ).replace("english", "English")
    assert "447192006" not in text and "account number" in text
    assert "Private words may be left on this page" in text
    assert "Spoken language" in render_html(german)
    row = call_row(german)
    assert (row["languages"], row["language_probability"]) == ("de", 0.97)


def test_a_call_in_two_languages_is_not_judged_by_half_of_it(tmp_path: Path) -> None:
    found = coached(call_in("en", "de", tmp_path))
    assert [p.language for p in found.call.parties] == ["en", "de"]
    assert all(getattr(found, part) is None for part in WORDS_NEEDED)
    reasons = {item.measure: item.reason for item in found.unmeasured}
    assert "some of the words are in German" in reasons["concerns"]
    assert "Agent: English (97 %), Customer: German (97 %)" in render_markdown(found)


def test_roles_are_not_told_from_words_of_another_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # German that was taken down as an English greeting.
    greeting = "thank you for calling how can I help you today my name is Maya"
    words = tuple(
        RecognizedWord(0.3 * i, 0.3 * i + 0.2, f" {w}", 0.9) for i, w in enumerate(greeting.split())
    )

    def says(
        self: ByPitch, clips: Sequence[Clip], language: str, decoding: Decoding = PLAIN
    ) -> tuple[RecognizedClip, ...]:
        return tuple(RecognizedClip(words, -0.2, 0.01, 1.2) for _ in clips)

    monkeypatch.setattr(ByPitch, "transcribe", says)
    found = call_in("de", "de", tmp_path, side=None)
    assert {p.role.value for p in found.call.parties} == {"unknown"}
    assert "roles_unknown" in {w.code for w in found.warnings}


def test_an_english_call_is_as_before(tmp_path: Path) -> None:
    found = call_in("en", "en", tmp_path)
    assert [p.language for p in found.call.parties] == ["en", "en"]
    assert found.concerns is not None and found.closing is not None
    assert PHRASE_BOOK not in {item.measure for item in found.unmeasured}
    assert "redaction_language" not in {w.code for w in found.warnings}


# ----------------------------------------------------------------------------- the real model


def sentence(language: str, text: str, tmp_path: Path) -> Clip:
    path = tmp_path / f"{language}.wav"
    subprocess.run(["espeak-ng", "-v", language, "-s", "140", "-w", str(path), text], check=True)
    clip: Clip = decode(path, CONFIG.audio).samples[0]
    return clip


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
def test_german_is_heard_as_german_and_not_translated(tmp_path: Path) -> None:
    engine = load_engine(SpeechConfig())
    text = (
        "Ich habe letzte Woche eine Waschmaschine bestellt und sie ist immer noch nicht "
        "angekommen. Das ist schon das dritte Mal, dass ich anrufe."
    )
    clip = sentence("de+f3", text, tmp_path)
    _, guess = engine.languages([noise(4, -30), clip])
    assert guess.code == "de" and guess.probability > 0.8
    assert sum(share for _, share in guess.probabilities) == pytest.approx(1, abs=0.01)
    assert engine.languages([clip]) == (guess,), "no clip depends on another"
    (heard,) = engine.transcribe([clip], "de")
    words = " ".join(word.text.strip().lower() for word in heard.words)
    assert "immer noch nicht angekommen" in words and "arrived" not in words


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the shared recordings")
@pytest.mark.parametrize(
    ("name", "code"),
    [("phone/fr-FR_sample2.wav", "fr"), ("calls/demo_agent1.wav", "en")],
)
def test_real_telephone_speech(name: str, code: str) -> None:
    audio = decode(SHARED / "data" / name, CONFIG.audio)
    audio = replace(audio, samples=audio.samples[:1, : 12 * RATE_HZ])
    activity = Activity("everyone", (SpeechRegion(0.0, audio.duration_s, "everyone"),))
    found = hear_languages(audio, [activity], load_engine(SpeechConfig()), SpeechConfig())
    assert [party.code for party in found.parties] == [code]
    assert not found.unsure


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the shared recordings")
def test_both_engines_hear_the_same_language() -> None:
    clip = decode(SHARED / "data" / "phone" / "fr-FR_sample2.wav", CONFIG.audio).samples[0]
    pytest.importorskip("whisper")
    ours, theirs = (
        load_engine(SpeechConfig(engine=name)).languages([clip[: 8 * RATE_HZ]])[0]
        for name in ("ctranslate2", "openai")
    )
    assert ours.code == theirs.code == "fr"
    assert len(theirs.probabilities) == len(ours.probabilities) == 99
    assert ours.probability == pytest.approx(theirs.probability, abs=0.1)


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the shared recordings")
def test_the_spanish_call_is_written_in_spanish() -> None:
    path = SHARED / "cases" / "audio" / "spanish.ogg"
    found = coached(
        analyse(Recording(path, "spanish", agent_side=Side.LEFT), load_models(CONFIG), CONFIG)
    )
    assert [party.language for party in found.call.parties] == ["es", "es"]
    said = " ".join(turn.text for turn in found.turns).lower()
    assert "gracias por llamar" in said and "thank" not in said
    assert all(getattr(found, part) is None for part in WORDS_NEEDED)
    assert found.scorecard is not None and found.scorecard.overall is None
    assert "Spanish (" in render_markdown(found)
