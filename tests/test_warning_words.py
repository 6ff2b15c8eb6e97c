"""The words of warnings: they stand on a page as they are, and agree with each other."""

from __future__ import annotations

import ast
from pathlib import Path

import callcoach
from callcoach.analysis.parties import role_warnings, roles_unknown, voice_warnings
from callcoach.audio.diarize import Diarization
from callcoach.config.config import Config
from callcoach.dialogue.roles import RoleGuess
from callcoach.model.speech import Activity, SpeechRegion


def people(count: int) -> tuple[Activity, ...]:
    names = [f"speaker_{number}" for number in range(1, count + 1)]
    return tuple(Activity(name, (SpeechRegion(0.0, 9.0, name),)) for name in names)


def test_no_warning_has_marks_that_a_page_shows_as_they_are() -> None:
    guess = RoleGuess("speaker_1", "speaker_2", 0.9, ("how can i help",))
    config = Config()
    texts = [
        warning.text
        for warning in (
            roles_unknown(True),
            roles_unknown(False),
            *role_warnings(True, False, guess, people(2)),
            *voice_warnings(Diarization(people(1), None, True), None, config),
            *voice_warnings(Diarization(people(2), 0.7, False), object(), config),
        )
    ]
    assert len(texts) >= 6 and not [text for text in texts if "`" in text]


def test_no_text_given_to_a_warning_has_a_backtick() -> None:
    found = []
    for path in Path(callcoach.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "CallWarning":
                texts = (n.value for n in ast.walk(node) if isinstance(n, ast.Constant))
                found += [(path.name, text) for text in texts if "`" in str(text)]
    assert found == []


def test_of_three_voices_nobody_says_both() -> None:
    config = Config()
    two = voice_warnings(Diarization(people(2), 0.3, True), object(), config)
    three = voice_warnings(Diarization(people(3), 0.3, False), object(), config)
    assert any("Both people" in warning.text for warning in two)
    assert not any("Both people" in warning.text for warning in three)
