"""Real recordings: words where they belong, and no words where nobody speaks."""

from __future__ import annotations

from pathlib import Path

import jiwer
import numpy as np
import pytest
import soundfile
from whisper.normalizers import EnglishTextNormalizer

from callcoach.analysis import analyse
from callcoach.batch.worker import load_models
from callcoach.call import CallAnalysis, Recording, Side
from callcoach.config import Config

DATA = Path(__file__).parent.parent.parent / "shared" / "data"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.is_dir(), reason="needs the shared recordings"),
]


def heard(path: Path, engine: str = "ctranslate2") -> CallAnalysis:
    speech = Config().speech.model_copy(update={"engine": engine})
    config = Config().model_copy(update={"speech": speech})
    recording = Recording(path, path.stem, agent_side=Side.LEFT)
    return analyse(recording, load_models(config), config)


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


@pytest.mark.parametrize("engine", ["ctranslate2", "openai"])
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
    assert {"identical_channels", "mono"} <= {w.code for w in analysis.warnings}
