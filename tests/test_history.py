"""Voices across calls: what the ledger keeps, and comparing calls with earlier ones."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from callcoach.batch.history import compare_calls, voice_key
from callcoach.batch.ledger import Ledger, State
from callcoach.batch.store import Store
from callcoach.call import CallAnalysis
from callcoach.config import Config
from callcoach.delivery import BaselineSource, VoiceMeasures
from callcoach.reports.facts import voice_of
from callcoach.settings.voice import BaselineConfig, CalmnessConfig, PitchConfig
from callcoach.voice.baseline import PastCall, usual_values
from callcoach.voice.comparison import compare
from factory import two_channels
from shipped import write_analysis
from stored import keep_voice
from stretches import USUAL, stretch

CONFIG = Config()
KEY = voice_key(CONFIG)
CALLS = CONFIG.baseline.min_calls


def call(call_id: str, agent_id: str, day: int, pitch_st: float) -> CallAnalysis:
    """A call whose agent speaks at one pitch throughout."""
    base = two_channels()
    windows = tuple(
        stretch(5.0 * i, 5.0 * (i + 1), **{**USUAL, "pitch_median_st": pitch_st})
        for i in range(CONFIG.baseline.min_windows)
    )
    voices = tuple(
        compare(dataclasses.replace(v, windows=windows, timeline=(), unmeasured=()), None, CONFIG)
        if v.speaker == "agent"
        else v
        for v in base.voice
    )
    info = dataclasses.replace(
        base.call, id=call_id, agent_id=agent_id, started_at=f"2026-03-{day:02d}T10:00:00+00:00"
    )
    return dataclasses.replace(base, call=info, voice=voices)


class Folder:
    """An output folder with its ledger."""

    def __init__(self, root: Path) -> None:
        self.store = Store(root)
        self.ledger = Ledger(self.store.ledger)

    def add(self, analysis: CallAnalysis) -> None:
        """What a run does when a call is done."""
        write_analysis(self.store, analysis)
        info = analysis.call
        assert info.agent_id is not None
        windows = self.agent(analysis).windows
        usual = usual_values(windows, BaselineSource.OWN_CALL, CONFIG.baseline.min_windows)
        keep_voice(self.ledger, info.agent_id, KEY, PastCall(info.id, info.started_at, usual))

    def read(self, call_id: str) -> VoiceMeasures:
        return self.agent(self.store.load(call_id))

    @staticmethod
    def agent(analysis: CallAnalysis) -> VoiceMeasures:
        found = voice_of(analysis, "agent")
        assert found is not None
        return found


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "out")


def test_a_call_that_is_high_throughout_stands_out_against_earlier_calls(folder: Folder) -> None:
    for day in range(1, CALLS + 1):
        folder.add(call(f"c{day}", "agent-1", day, 30.0))
    folder.add(call("high", "agent-1", 20, 36.0))
    before = folder.read("high")
    assert before.baseline is BaselineSource.OWN_CALL
    assert before.calmness == pytest.approx(80)
    assert compare_calls(folder.store, folder.ledger, CONFIG) == 1
    after = folder.read("high")
    assert after.baseline is BaselineSource.EARLIER_CALLS
    assert after.calmness is not None and after.calmness < 70
    pitch = after.usual_of("pitch_median_st")
    assert pitch is not None and (pitch.median, pitch.count) == (30.0, CALLS)
    assert {s.kind.value for s in after.stretches} == {"pitch_up"}
    report = (folder.store.call_folder("high") / "report.html").read_text()
    assert "earlier calls" in report


def test_baselines_do_not_leak_across_agents(folder: Folder) -> None:
    for day in range(1, 2 * CALLS):
        folder.add(call(f"other{day}", "agent-2", day, 20.0))
        if day < CALLS:
            folder.add(call(f"own{day}", "agent-1", day, 30.0))
    folder.add(call("last", "agent-1", 28, 30.0))
    compare_calls(folder.store, folder.ledger, CONFIG)
    assert folder.read("last").baseline is BaselineSource.OWN_CALL
    assert [c.call_id for c in folder.ledger.history("agent-1", KEY).calls] == [
        "last",
        *(f"own{day}" for day in range(1, CALLS)),
    ]


def test_later_calls_are_not_earlier_ones(folder: Folder) -> None:
    folder.add(call("first", "agent-1", 1, 36.0))
    for day in range(2, CALLS + 3):
        folder.add(call(f"c{day}", "agent-1", day, 30.0))
    compare_calls(folder.store, folder.ledger, CONFIG)
    assert folder.read("first").baseline is BaselineSource.OWN_CALL
    assert folder.read(f"c{CALLS + 2}").baseline is BaselineSource.EARLIER_CALLS


def test_a_call_is_compared_once_and_a_killed_run_goes_on(folder: Folder) -> None:
    for day in range(1, CALLS + 1):
        folder.add(call(f"c{day}", "agent-1", day, 30.0))
    compare_calls(folder.store, folder.ledger, CONFIG)
    folder.add(call("late", "agent-1", 20, 36.0))
    folder.ledger.close()  # killed before it compared; the next run opens the ledger again
    folder.ledger = Ledger(folder.store.ledger)
    assert folder.ledger.uncompared(KEY) == {"agent-1": ("late",)}
    assert compare_calls(folder.store, folder.ledger, CONFIG) == 1
    text = folder.store.analysis_path("late").read_bytes()
    assert compare_calls(folder.store, folder.ledger, CONFIG) == 0
    assert folder.store.analysis_path("late").read_bytes() == text


def test_comparing_twice_gives_the_same_bytes(folder: Folder) -> None:
    for day in range(1, CALLS + 1):
        folder.add(call(f"c{day}", "agent-1", day, 30.0 + day))
    folder.add(call("late", "agent-1", 20, 36.0))
    compare_calls(folder.store, folder.ledger, CONFIG)
    text = folder.store.analysis_path("late").read_bytes()
    past = next(c for c in folder.ledger.history("agent-1", KEY).calls if c.call_id == "late")
    keep_voice(folder.ledger, "agent-1", KEY, past)
    assert compare_calls(folder.store, folder.ledger, CONFIG) == 1
    assert folder.store.analysis_path("late").read_bytes() == text


def test_a_lost_analysis_stops_nothing(folder: Folder) -> None:
    for day in range(1, CALLS + 1):
        folder.add(call(f"c{day}", "agent-1", day, 30.0))
    folder.add(call("late", "agent-1", 20, 36.0))
    folder.store.analysis_path("c1").unlink()
    assert compare_calls(folder.store, folder.ledger, CONFIG) == 1
    assert folder.read("late").baseline is BaselineSource.EARLIER_CALLS


def test_history_is_of_calls_measured_the_same_way(folder: Folder) -> None:
    for day in range(1, CALLS + 1):
        folder.add(call(f"c{day}", "agent-1", day, 30.0))
    other_pitch = Config(pitch=PitchConfig(min_confidence=0.6))
    assert voice_key(other_pitch) != KEY
    assert folder.ledger.history("agent-1", voice_key(other_pitch)).calls == ()
    other_weights = Config(
        calmness=CalmnessConfig(level_weight=0.0), baseline=BaselineConfig(min_calls=9)
    )
    assert voice_key(other_weights) == KEY


def test_a_call_can_be_replaced_and_forgotten(folder: Folder) -> None:
    folder.add(call("c1", "agent-1", 1, 30.0))
    folder.add(call("c1", "agent-2", 1, 31.0))
    assert folder.ledger.history("agent-1", KEY).calls == ()
    (kept,) = folder.ledger.history("agent-2", KEY).calls
    assert {u.measure: u.median for u in kept.usual}["pitch_median_st"] == 31.0
    entry = folder.ledger.get("c1")
    assert entry is not None
    folder.ledger.put(dataclasses.replace(entry, state=State.RUNNING))
    assert folder.ledger.finish(dataclasses.replace(entry, state=State.FAILED))  # without a voice
    assert folder.ledger.history("agent-2", KEY).calls == ()
