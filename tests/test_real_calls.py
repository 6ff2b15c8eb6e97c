"""Real recordings: words where they belong, and no words where nobody speaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import jiwer
import numpy as np
import pytest
import soundfile
from whisper.normalizers import EnglishTextNormalizer

from callcoach.analysis.analyse import analyse
from callcoach.analysis.models import Models, load_models
from callcoach.config.config import Config
from callcoach.dialogue.roles import contradicts, weigh_roles
from callcoach.model.analysis import CallAnalysis
from callcoach.model.party import RoleSource, Side
from callcoach.model.recording import FloatArray, Recording
from callcoach.speech.catalogue import SPEAKERS
from callcoach.speech.heard import PLAIN, Decoding, Engine, RecognizedClip
from callcoach.speech.languages import LanguageGuess
from callcoach.speech.weights import is_here

DATA = Path(__file__).parent.parent.parent / "shared" / "data"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.is_dir(), reason="needs the shared recordings"),
]

needs_speakers = pytest.mark.skipif(
    not is_here(SPEAKERS), reason="needs the weights: callcoach models fetch campplus"
)


class Remembering:
    """An engine that hears a clip once: several tests look at the same calls."""

    def __init__(self, engine: Engine) -> None:
        self.name, self.model, self._engine = engine.name, engine.model, engine
        self.multilingual = engine.multilingual

    def transcribe(
        self, clips: Sequence[FloatArray], language: str, decoding: Decoding = PLAIN
    ) -> tuple[RecognizedClip, ...]:
        key = (self.name, language, decoding, *(clip.tobytes() for clip in clips))
        if key not in _HEARD:
            _HEARD[key] = self._engine.transcribe(clips, language, decoding)
        return _HEARD[key]

    def languages(self, clips: Sequence[FloatArray]) -> tuple[LanguageGuess, ...]:
        return self._engine.languages(clips)


_HEARD: dict[tuple[object, ...], tuple[RecognizedClip, ...]] = {}


def models(config: Config) -> Models:
    found = load_models(config)
    return replace(found, engine=Remembering(found.engine))


def heard(path: Path, engine: str = "ctranslate2") -> CallAnalysis:
    speech = Config().speech.model_copy(update={"engine": engine})
    # What is heard is looked at here, names too.
    shown = Config().redaction.model_copy(update={"on": False})
    config = Config().model_copy(update={"speech": speech, "redaction": shown})
    recording = Recording(path, path.stem, agent_side=Side.LEFT)
    return analyse(recording, models(config), config)


def said(analysis: CallAnalysis, speaker: str) -> str:
    return " ".join(word.text for word in analysis.words if word.speaker == speaker)


def test_word_error_rate_of_an_agent_beside_a_silent_line(tmp_path: Path) -> None:
    samples, rate_hz = soundfile.read(DATA / "calls" / "demo_agent1.wav", dtype="int16")
    both = np.stack([samples, np.zeros_like(samples)], axis=1)
    soundfile.write(tmp_path / "two.wav", both, rate_hz)
    analysis = heard(tmp_path / "two.wav")
    plain = EnglishTextNormalizer()
    lines = (DATA / "calls" / "demo_agent1_agent_lines.txt").read_text(encoding="utf-8")
    reference = plain(" ".join(lines.split()))
    assert jiwer.wer(reference, plain(said(analysis, "agent"))) <= 0.22
    assert said(analysis, "customer") == ""


@pytest.mark.parametrize("engine", ["ctranslate2", pytest.param("openai", marks=pytest.mark.long)])
def test_each_sentence_is_on_its_own_channel(engine: str) -> None:
    analysis = heard(DATA / "clips" / "stereo_two_speakers.wav", engine)
    assert "wizard" in said(analysis, "agent")
    assert "horizon" not in said(analysis, "agent").lower()
    assert said(analysis, "customer") == "The horizon seems extremely distant."


def test_a_real_call_reads_as_the_conversation_it_is() -> None:
    analysis = heard(DATA / "calls" / "auto_repairs_40.wav")
    agent, customer = said(analysis, "agent").lower(), said(analysis, "customer").lower()
    for phrase in ("how can i help you", "could you spell that", "rental car", "anything else"):
        assert phrase in agent
    for phrase in ("my name is jack", "light came on", "2018", "two days"):
        assert phrase in customer
    assert analysis.roles is not None and analysis.roles.source is RoleSource.MAP
    assert not analysis.roles.contradicted and "roles_contradicted" not in codes(analysis)
    other = {"agent": "customer", "customer": "agent"}
    swapped = [replace(word, speaker=other[word.speaker]) for word in analysis.words]
    said_so = weigh_roles(swapped, ("agent", "customer"), Config().roles)
    assert contradicts(said_so, "agent")
    outside = [
        word
        for word in analysis.words
        if not any(
            r.speaker == word.speaker
            and r.start_s - 1e-6 <= word.start_s
            and word.end_s <= r.end_s + 1e-6
            for r in analysis.activity
        )
    ]
    assert len(outside) <= 0.01 * len(analysis.words)
    assert analysis.overlaps is not None
    assert all(measures.pitch_median_st is not None for measures in analysis.voice)


def test_identical_channels_are_one() -> None:
    analysis = heard(DATA / "clips" / "jfk.flac")
    assert analysis.call.mono
    assert analysis.overlaps is None
    assert "what your country can do for you" in said(analysis, "everyone")
    assert {"identical_channels", "mono"} <= codes(analysis)
    assert codes(analysis) & {"one_voice", "voices_not_told_apart"}


def codes(analysis: CallAnalysis) -> set[str]:
    return {warning.code for warning in analysis.warnings}


def alone(path: Path) -> CallAnalysis:
    """A call of which nobody says who is the agent."""
    shown = Config().redaction.model_copy(update={"on": False})
    config = Config().model_copy(update={"redaction": shown})
    return analyse(Recording(path, path.stem), models(config), config)


@needs_speakers
def test_two_voices_of_one_channel_are_two_people() -> None:
    analysis = alone(DATA / "clips" / "katie_steve_mono.wav")
    assert [party.id for party in analysis.call.parties] == ["speaker_1", "speaker_2"]
    assert [turn.speaker for turn in analysis.turns] == ["speaker_1", "speaker_2"] * 3
    assert "conversation transcription" in said(analysis, "speaker_1")
    assert "tell me more" in said(analysis, "speaker_2")
    assert {"mono_diarised", "roles_unknown"} <= codes(analysis)
    assert "mono" not in codes(analysis)


@needs_speakers
def test_a_real_call_with_one_channel_reads_as_a_conversation() -> None:
    analysis = alone(DATA / "calls" / "auto_repairs_mono_u8.wav")
    agent, customer = said(analysis, "agent").lower(), said(analysis, "customer").lower()
    for phrase in ("thank you for calling", "how can i help", "for verification"):
        assert phrase in agent
    for phrase in ("my name is violet", "i bought the car last week"):
        assert phrase in customer
    assert {"mono_diarised", "roles_from_words"} <= codes(analysis)
    assert analysis.overlaps is None
    (reason,) = [item.reason for item in analysis.unmeasured if item.measure == "overlaps"]
    assert reason == "both people share one channel"
    pitches = {v.speaker: v.pitch_median_st for v in analysis.voice}
    assert pitches["agent"] is not None and pitches["customer"] is not None
    assert pitches["customer"] - pitches["agent"] > 6  # a man and a woman


@needs_speakers
@pytest.mark.long
def test_one_channel_gives_the_people_of_two(tmp_path: Path) -> None:
    samples, rate_hz = soundfile.read(DATA / "calls" / "auto_repairs_40.wav", dtype="float32")
    soundfile.write(tmp_path / "sum.wav", samples.mean(axis=1), rate_hz)
    one, two = alone(tmp_path / "sum.wav"), alone(DATA / "calls" / "auto_repairs_40.wav")
    assert [party.id for party in two.call.parties] == ["agent", "customer"]
    assert "roles_from_words" in codes(two)
    spoken = {
        name: {party.id: party.speech_s for party in analysis.call.parties}
        for name, analysis in (("one", one), ("two", two))
    }
    # On one channel the short pauses in somebody's talk are marked with it, as hands mark them.
    for party, seconds in spoken["two"].items():
        assert seconds <= spoken["one"][party] <= 1.25 * seconds
    shares = {name: own["agent"] / sum(own.values()) for name, own in spoken.items()}
    assert shares["one"] == pytest.approx(shares["two"], abs=0.05)
    pitch = {
        name: {v.speaker: v.pitch_median_st for v in analysis.voice}
        for name, analysis in (("one", one), ("two", two))
    }
    assert pitch["one"] == pytest.approx(pitch["two"], abs=0.3)
