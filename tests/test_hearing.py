"""Speech on shared and bad lines: quiet parties, pauses as people mark them, and doubt."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

import line_codecs
import rough_lines
from callcoach.audio.activity import detect_activity
from callcoach.audio.decode import decode
from callcoach.audio.doubt import doubt_warnings, doubtful, find_doubt
from callcoach.audio.level import frame_levels_db
from callcoach.audio.levelled import BACKGROUND_DBOV, levelled
from callcoach.audio.marking import EDGE_S, as_marked
from callcoach.audio.silero import SileroVad
from callcoach.call import Activity, Audio, SilenceKind, SpeechRegion
from callcoach.config import Config
from callcoach.dialogue.listening import measure_listening
from callcoach.dialogue.silences import find_silences
from callcoach.dialogue.turns import build_turns, inter_pausal_units
from callcoach.timeline import Span, complement, intersections, merged, total_s
from drawing import activity, draw, words
from sounds import RATE_HZ, noise, silence, voice

CONFIG = Config()
SAMPLES = Path(__file__).parent.parent / "data_samples"


def times(spans: tuple[Span, ...] | tuple[SpeechRegion, ...]) -> list[tuple[float, float]]:
    return [(round(s.start_s, 3), round(s.end_s, 3)) for s in spans]


# ------------------------------------------------------------------------------- one level


def buzz(seconds: float, level_dbov: float) -> np.ndarray:
    return voice(np.full(round(seconds * RATE_HZ), 150.0), level_dbov)


def test_a_quiet_part_is_brought_up_to_the_loud_one() -> None:
    line = np.concatenate((buzz(2, -20), silence(2), buzz(2, -40), silence(2)))
    line = line + noise(8, -80)
    even = frame_levels_db(levelled(line, RATE_HZ, -23, 40), RATE_HZ)
    assert np.median(even[50:150]) == pytest.approx(-23, abs=1)
    assert np.median(even[450:550]) == pytest.approx(-23, abs=1)
    assert np.median(even[300:350]) < BACKGROUND_DBOV + 1


def test_the_background_is_not_raised_to_a_voice() -> None:
    line = np.concatenate((buzz(2, -20), silence(6))) + noise(8, -50)
    even = frame_levels_db(levelled(line, RATE_HZ, -23, 40), RATE_HZ)
    assert np.median(even[400:700]) == pytest.approx(BACKGROUND_DBOV, abs=1)
    assert np.median(frame_levels_db(levelled(line, RATE_HZ, -23, 0), RATE_HZ)[400:700]) == (
        pytest.approx(-50, abs=1)
    )


def test_a_channel_of_its_own_is_not_levelled() -> None:
    class Counting(SileroVad):
        heard = 0

        def probabilities(self, samples: np.ndarray) -> np.ndarray:
            self.heard += 1
            return np.zeros(-(-len(samples) // 512), dtype=np.float32)

    for channels, looks in ((1, 2), (2, 2)):
        detector = Counting()
        samples = np.stack([noise(3, -60, seed=i) for i in range(channels)])
        sound = Audio(samples, RATE_HZ, RATE_HZ, "", "", (1.0,) * channels, (0.0,) * channels)
        config = CONFIG.activity.model_copy(update={"slowing": 1.0})
        detect_activity(sound, ("a", "b")[:channels], detector, config)
        assert detector.heard == looks


@pytest.fixture(scope="module")
def sample() -> tuple[np.ndarray, tuple[Span, ...]]:
    """Both sides of a clear sample call, and when somebody speaks in it."""
    name = "2026-03-02-double-charge"
    truth = json.loads((SAMPLES / "truth" / f"{name}.json").read_text(encoding="utf-8"))
    sides = decode(SAMPLES / "audio" / f"{name}.opus", CONFIG.audio).samples[:, : 45 * RATE_HZ]
    said = merged((Span(*s) for turn in truth["turns"] for s in turn["spans"]), 0.3)
    return sides, intersections(said, (Span(0.0, 45.0),))


@pytest.mark.parametrize("lower_db", [20.0, 28.0])
@pytest.mark.parametrize("mobile", [False, True])
def test_a_party_far_below_the_other_is_heard(
    sample: tuple[np.ndarray, tuple[Span, ...]], lower_db: float, mobile: bool
) -> None:
    sides, said = sample
    line = rough_lines.quieter(sides, lower_db)
    if mobile:
        line = line_codecs.amr(line, RATE_HZ, 7950)
    sound = Audio(line[None], RATE_HZ, 8000, "", "", (1.0,), (0.0,))
    (found,) = as_marked(
        detect_activity(sound, ("all",), SileroVad(), CONFIG.activity),
        sound.duration_s,
        CONFIG.activity.shared_pause_s,
    )
    missed = intersections(said, complement(found.regions, Span(0.0, 45.0)))
    assert total_s(missed) < 0.02 * total_s(said)
    assert max((s.duration_s for s in missed), default=0.0) < 0.3
    assert found.speech_s < 1.1 * total_s(said)


# ------------------------------------------------------------------------------- as marked


def marked(*rows: str, pause_s: float = 0.6) -> list[list[tuple[float, float]]]:
    voices = tuple(activity(name, row) for name, row in zip("ab", rows, strict=False))
    found = as_marked(voices, len(rows[0]) / 10, pause_s)
    spoken = sorted((r for a in found for r in a.regions), key=lambda r: r.start_s)
    assert all(x.end_s <= y.start_s for x, y in itertools.pairwise(spoken))
    return [times(a.regions) for a in found]


def test_a_short_pause_of_one_voice_belongs_to_its_speech() -> None:
    assert marked("--AAAA---AAAA-------AA--") == [[(0.15, 1.35), (1.95, 2.25)]]
    assert marked("--AAAA---AAAA-------AA--", pause_s=0.0)[0][0] == (0.15, 0.65)


def test_a_pause_in_which_the_other_speaks_stays() -> None:
    (a, b) = marked("AAAAA-----AAAA--", "------BB--------")
    assert a == [(0.0, 0.55), (0.95, 1.45)]
    assert b == [(0.55, 0.85)]


def test_edges_meet_in_the_middle_and_stay_in_the_recording() -> None:
    edge = round(EDGE_S / 2, 3)
    found = as_marked(
        (
            Activity("a", (SpeechRegion(0.0, 1.0, "a"),)),
            Activity("b", (SpeechRegion(1.0 + 2 * edge, 2.0, "b"),)),
        ),
        2.02,
        0.5,
    )
    assert [times(a.regions) for a in found] == [[(0.0, 1.0 + edge)], [(1.0 + edge, 2.02)]]


# ------------------------------------------------------------------------------- doubt


def levels(*parts: tuple[float, float]) -> np.ndarray:
    return np.concatenate([np.full(round(s * 100), db) for s, db in parts])


TALK = ((2.0, -20.0), (1.0, -65.0), (1.0, -28.0), (2.0, -65.0))


def doubt_in(parts: tuple[tuple[float, float], ...], likeness: float) -> list[tuple[float, float]]:
    heights = levels(*parts)
    speech = np.zeros(len(heights), dtype=bool)
    speech[:200] = True
    chance = np.where(speech, 0.9, likeness).astype(np.float32)
    return times(find_doubt(heights, chance, speech, np.zeros_like(speech)))


def test_what_has_the_level_of_speech_is_doubtful() -> None:
    near = [(pytest.approx(3, abs=0.06), pytest.approx(4, abs=0.06))]
    assert doubt_in(TALK, 0.0) == near
    quiet = (*TALK[:2], (1.0, -45.0), TALK[3])
    assert doubt_in(quiet, 0.0) == []
    assert doubt_in(quiet, 0.2) == near
    assert doubt_in((*TALK[:2], (1.0, -60.0), TALK[3]), 0.2) == []
    assert doubt_in((*TALK[:2], (0.1, -28.0), TALK[3]), 0.2) == []


def test_the_end_of_speech_and_the_leak_are_not_doubtful() -> None:
    assert doubt_in(((2.1, -20.0), (2.0, -65.0)), 0.2) == []
    heights = levels(*TALK)
    speech = np.zeros(len(heights), dtype=bool)
    speech[:200] = True
    leak = np.zeros_like(speech)
    leak[295:405] = True
    assert find_doubt(heights, np.full(len(heights), 0.2, np.float32), speech, leak) == ()


def test_known_sounds_take_the_doubt_away() -> None:
    heard = Activity("a", (), unsure=(Span(3.0, 4.0), Span(6.0, 8.0)))
    other = Activity("b", (SpeechRegion(7.0, 9.0, "b"),))
    assert times(doubtful((heard, other), [Span(2.5, 3.9)])) == [(6.0, 7.0)]
    assert doubt_warnings(()) == doubt_warnings([Span(0, 2)]) == ()
    (warning,) = doubt_warnings([Span(0, 2), Span(5, 7)])
    assert warning.text.startswith("4 s of this call")


def test_nothing_doubtful_is_called_a_silence() -> None:
    a, b = draw("AAAAA" + "-" * 95 + "AAAAA", "-" * 105)
    units = inter_pausal_units((a, b), CONFIG.turns)
    said = words("a", 0, 0.5, "so there it is")

    def found(*doubt: Span) -> list[tuple[float, float, SilenceKind, bool | None]]:
        silences = find_silences(
            units, 10.5, CONFIG.silences, CONFIG.turns, words=said, doubt=doubt
        )
        return [(s.start_s, s.end_s, s.kind, s.announced) for s in silences]

    dead = SilenceKind.DEAD_AIR
    assert found() == [(0.5, 10.0, dead, False)]
    # Nobody knows whether the second wait was announced.
    assert found(Span(4, 5)) == [(0.5, 4.0, dead, False), (5.0, 10.0, dead, None)]
    assert found(Span(2, 5), Span(6, 8)) == []


def test_a_short_silence_with_doubt_in_it_is_none() -> None:
    units = inter_pausal_units(draw("AAAAA----------", "---------------BBBBB"), CONFIG.turns)
    whole = find_silences(units, 2.0, CONFIG.silences, CONFIG.turns)
    assert [s.kind for s in whole] == [SilenceKind.GAP]
    doubt = (Span(0.7, 1.0),)
    assert find_silences(units, 2.0, CONFIG.silences, CONFIG.turns, doubt=doubt) == ()


def test_a_hold_stays_one_whatever_is_doubtful_in_it() -> None:
    units = inter_pausal_units(draw("AAAAA" + "-" * 95 + "AA", "-"), CONFIG.turns)
    holds, doubt = (Span(1, 9),), (Span(9.2, 9.6),)
    (hold,) = find_silences(units, 10.2, CONFIG.silences, CONFIG.turns, holds=holds, doubt=doubt)
    assert (hold.start_s, hold.end_s, hold.kind) == (0.5, 10.0, SilenceKind.HOLD)


def test_no_answer_is_timed_over_doubt_and_the_other_waits_still_count() -> None:
    row = "A" * 10 + "-" * 40 + "A" * 10 + "-" * 40
    parties = draw(row, "-" * 90 + "B" * 10)
    units = inter_pausal_units(parties, CONFIG.turns)
    said = words("a", 0, 1, "we are nearly there")
    said += words("b", 9, 10, "and did you find my order")
    turns = build_turns(units, said, CONFIG.turns)
    doubt = (Span(6.2, 6.5),)
    silences = find_silences(units, 10.0, CONFIG.silences, CONFIG.turns, words=said, doubt=doubt)

    def heard(*doubt: Span) -> tuple[int, int | None]:
        found = measure_listening(
            parties, turns, (), silences, 10.0, CONFIG.listening, CONFIG.overlaps, doubt
        )
        party = found.party("b")
        assert party is not None
        return party.answers, found.unexplained

    assert heard() == (1, 1)
    assert heard(*doubt) == (0, 1)


def test_a_sentence_that_is_heard_faintly_is_no_silence() -> None:
    class Faint(SileroVad):
        def probabilities(self, samples: np.ndarray) -> np.ndarray:
            found = np.zeros(-(-len(samples) // 512), dtype=np.float32)
            found[31:94] = 0.9  # 1 to 3 s
            found[188:250] = 0.2  # 6 to 8 s
            return found

    parts = (silence(1), buzz(2, -20), silence(3), buzz(2, -38), silence(4))
    line = np.concatenate(parts) + noise(12, -65)
    sound = Audio(line[None], RATE_HZ, RATE_HZ, "", "", (1.0,), (0.0,))
    (found,) = detect_activity(sound, ("a",), Faint(), CONFIG.activity)
    assert times(found.regions) == [(pytest.approx(1, abs=0.05), pytest.approx(3, abs=0.05))]
    assert times(found.unsure) == [(pytest.approx(6, abs=0.06), pytest.approx(8, abs=0.06))]
    units = inter_pausal_units((found,), CONFIG.turns)
    silences = find_silences(
        units, 12.0, CONFIG.silences, CONFIG.turns, doubt=doubtful((found,), ())
    )
    assert not any(s.overlaps(Span(6.1, 7.9)) for s in silences)
