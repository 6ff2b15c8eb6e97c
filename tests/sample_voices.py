"""The sample calls as the voice stages see them, from their truth files."""

from __future__ import annotations

import json
from pathlib import Path

from callcoach.audio.decode import decode
from callcoach.config.config import Config
from callcoach.model.recording import Audio
from callcoach.model.speech import Activity, SpeechRegion, Turn
from callcoach.voice.measures import CallVoice
from drawing import words

SAMPLES = Path(__file__).parent.parent / "data_samples"
CALL_IDS = tuple(sorted(path.stem for path in (SAMPLES / "truth").glob("*.json")))


def sample_audio(call_id: str) -> Audio:
    """The sound of a sample call."""
    (path,) = (SAMPLES / "audio").glob(f"{call_id}.*")
    return decode(path, Config().audio)


def sample_voices(call_id: str) -> tuple[CallVoice, ...]:
    """Who speaks when and what, one for each channel."""
    truth = json.loads((SAMPLES / "truth" / f"{call_id}.json").read_text(encoding="utf-8"))
    turns = tuple(
        Turn(t["start_s"], t["end_s"], t["id"], t["speaker"], t["text"]) for t in truth["turns"]
    )
    said = tuple(w for t in turns for w in words(t.speaker, t.start_s, t.end_s, t.text))
    sides = ("agent", "customer")
    if truth["agent_channel"] != "left":
        sides = sides[::-1]
    return tuple(
        CallVoice(
            Activity(
                speaker,
                tuple(
                    SpeechRegion(start, end, speaker)
                    for turn in truth["turns"]
                    if turn["speaker"] == speaker
                    for start, end in turn["spans"]
                ),
            ),
            turns,
            said,
        )
        for speaker in sides
    )
