"""Scoring stored analyses anew: what changes is written, what does not is left alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from callcoach.batch.publish.site import SiteResult
from callcoach.batch.run.coaching import (
    CALLS_PER_TASK,
    CoachingResult,
    coach_calls,
    processes,
    rescore,
)
from callcoach.coaching.setup import CoachingSetup, load_standard
from callcoach.config.coaching import CoachingConfig
from callcoach.config.config import Config, load_config
from callcoach.config.permit import Permit, Permits, permits_json
from callcoach.errors import ConfigError
from callcoach.model.analysis import CallAnalysis
from callcoach.model.party import Role
from callcoach.reports.site.index_page import FailureRow
from callcoach.storage.analysis_json import to_json
from callcoach.storage.ledger import CallRecord, Ledger, State
from callcoach.storage.output_folder import Store, stamp_of
from doubles import Inline
from factory import empty, mono, tense_call, two_channels
from shipped import write_analysis
from stored import named, stored

ROOT = Path(__file__).parent.parent
CALLS = {a.call.id: a for a in (two_channels(), tense_call(), mono(), empty())}


@pytest.fixture(scope="module")
def standard() -> CoachingSetup:
    return load_standard(Config())


def again(store: Store, standard: CoachingSetup) -> tuple[tuple[CoachingResult, ...], list[str]]:
    """Rescore in this process: what became of the calls, and which were looked at."""
    ledger, executor = Ledger(store.ledger), Inline(coach_calls)
    try:
        results = rescore(store, ledger, standard, jobs=1, executor=lambda _: executor)
        return results, [call_id for task in executor.tasks for call_id in task.call_ids]
    finally:
        ledger.close()


def files(store: Store) -> dict[str, tuple[bytes, int]]:
    return {
        str(path.relative_to(store.root)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(store.calls.rglob("*"))
        if path.is_file()
    }


def other_card(folder: Path, old: str, new: str) -> Path:
    text = (ROOT / "configs" / "scorecard.toml").read_text(encoding="utf-8")
    assert old in text
    path = folder / "card.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def test_stored_calls_get_scores_findings_and_tags(tmp_path: Path, standard: CoachingSetup) -> None:
    store = stored(tmp_path / "out", CALLS.values())
    result, seen = again(store, standard)
    assert [one.call_id for one in result] == sorted(CALLS) == seen
    assert all(one.changed and one.error is None for one in result)
    for call_id, before in CALLS.items():
        after = store.load(call_id)
        assert after.scorecard is not None
        known = {party.role for party in after.call.parties} >= {Role.AGENT, Role.CUSTOMER}
        assert (after.findings is not None) is known
        assert after.scorecard.sha256 == standard.card.sha256
        assert after.scorecard.guide_sha256 == standard.guide.sha256
        assert after.categories is not None
        # Nothing else is touched, but for the reasons why these three were missing.
        kept = replace(
            after,
            scorecard=before.scorecard,
            findings=before.findings,
            categories=before.categories,
            unmeasured=before.unmeasured,
        )
        assert to_json(kept) == to_json(before)
    tense = store.load(tense_call().call.id)
    assert "Manager asked for" in {tag.name for tag in tense.categories or ()}


def test_the_pages_are_those_of_the_new_scores(tmp_path: Path, standard: CoachingSetup) -> None:
    store = stored(tmp_path / "out", [two_channels()])
    before = files(store)
    again(store, standard)
    after = files(store)
    pages = [name for name in before if name.endswith(("report.html", "report.md"))]
    assert len(pages) == 2
    assert all(before[name][0] != after[name][0] for name in pages)
    write_analysis(Store(tmp_path / "fresh"), store.load(two_channels().call.id))
    for name in before:
        assert (tmp_path / "fresh" / name).read_bytes() == after[name][0], name


def test_a_second_time_nothing_is_looked_at_or_written(
    tmp_path: Path, standard: CoachingSetup
) -> None:
    store = stored(tmp_path / "out", CALLS.values())
    again(store, standard)
    before = files(store)
    assert again(store, standard) == ((), [])
    assert files(store) == before


def test_what_would_come_out_the_same_is_not_written(
    tmp_path: Path, standard: CoachingSetup
) -> None:
    """Also when the ledger knows nothing: an interrupted run, a folder from elsewhere."""
    store = stored(tmp_path / "out", CALLS.values())
    again(store, standard)
    before = files(store)
    store.ledger.unlink()
    ledger = Ledger(store.ledger)
    for call_id in CALLS:
        ledger.put(CallRecord(call_id, "a.wav", "key", State.DONE, 1))
    ledger.close()
    result, seen = again(store, standard)
    assert seen == sorted(CALLS)
    assert not any(one.changed for one in result)
    assert files(store) == before


def test_a_call_that_was_analysed_anew_is_coached_again(
    tmp_path: Path, standard: CoachingSetup
) -> None:
    store = stored(tmp_path / "out", CALLS.values())
    again(store, standard)
    before = files(store)
    call = two_channels()
    write_analysis(store, call)  # as a run does: without scores
    result, seen = again(store, standard)
    assert seen == [call.call.id]
    assert [one.changed for one in result] == [True]
    assert {k: v[0] for k, v in files(store).items()} == {k: v[0] for k, v in before.items()}


def test_another_scorecard_changes_the_calls_it_is_about(
    tmp_path: Path, standard: CoachingSetup
) -> None:
    store = stored(tmp_path / "out", CALLS.values())
    again(store, standard)
    path = other_card(tmp_path, "min_coverage = 0.5", "min_coverage = 1.0")
    other = load_standard(Config(), scorecard=path)
    assert other.key != standard.key
    result, seen = again(store, other)
    assert seen == sorted(CALLS)
    assert all(one.changed for one in result)  # each names the scorecard it was scored by
    scores = {call_id: store.load(call_id).scorecard for call_id in CALLS}
    assert all(card is not None and card.sha256 == other.card.sha256 for card in scores.values())
    assert all(card is not None and card.overall is None for card in scores.values())
    back, _ = again(store, standard)
    assert all(one.changed for one in back)


def test_an_automatic_practice_is_written_although_the_hash_stays(
    tmp_path: Path, standard: CoachingSetup
) -> None:
    store = stored(tmp_path / "out", CALLS.values())
    again(store, standard)
    permits = Permits(standard.card.sha256, {"attend": Permit(True, 0.7, 90)})
    (tmp_path / "permit.json").write_text(permits_json(permits), encoding="utf-8")
    path = other_card(tmp_path, 'version = "1"', 'version = "1"\ncalibration_file = "permit.json"')
    text = path.read_text(encoding="utf-8")
    assert "[practices.attend]\n" in text
    path.write_text(text.replace("[practices.attend]\n", "[practices.attend]\nautomatic = true\n"))
    other = load_standard(Config(), scorecard=path)
    assert other.card.sha256 == standard.card.sha256 and other.key != standard.key
    result, seen = again(store, other)
    assert seen == sorted(CALLS)
    card = store.load(two_channels().call.id).scorecard
    attend = card.practice("attend") if card is not None else None
    assert attend is not None and attend.automatic
    assert two_channels().call.id in {one.call_id for one in result if one.changed}


def test_other_categories_change_only_the_calls_they_tag(
    tmp_path: Path, standard: CoachingSetup
) -> None:
    store = stored(tmp_path / "out", CALLS.values())
    again(store, standard)
    before = files(store)
    text = (ROOT / "configs" / "categories.toml").read_text(encoding="utf-8")
    path = tmp_path / "mine.toml"
    path.write_text(text.replace("Manager asked for", "Wants a manager"), encoding="utf-8")
    other = load_standard(Config(), categories=path)
    result, _ = again(store, other)
    assert [one.call_id for one in result if one.changed] == [tense_call().call.id]
    changed = {name for name, value in files(store).items() if value != before[name]}
    assert {Path(name).parent.name for name in changed} == {tense_call().call.id}


def test_one_bad_analysis_costs_no_other_call(tmp_path: Path, standard: CoachingSetup) -> None:
    store = stored(tmp_path / "out", CALLS.values())
    bad = mono().call.id
    store.analysis_path(bad).write_text("{", encoding="utf-8")
    result, _ = again(store, standard)
    (failed,) = [one for one in result if one.error is not None]
    assert failed.call_id == bad and "not valid JSON" in (failed.error or "")
    assert sum(one.changed for one in result) == len(CALLS) - 1
    assert again(store, standard)[1] == [bad]  # looked at again next time


def test_calls_that_are_not_finished_are_left_alone(
    tmp_path: Path, standard: CoachingSetup
) -> None:
    store = stored(tmp_path / "out", [two_channels()])
    ledger = Ledger(store.ledger)
    ledger.put(CallRecord("waits", "w.wav", "key", State.NEW, 0))
    ledger.put(CallRecord("broken", "b.wav", "key", State.FAILED, 1))
    ledger.close()
    assert again(store, standard)[1] == [two_channels().call.id]


def test_a_process_that_dies_is_told_for_each_of_its_calls(
    tmp_path: Path, standard: CoachingSetup
) -> None:
    class Dying(Inline):
        def run(self, tasks):  # type: ignore[no-untyped-def]
            yield from ((task, None) for task in tasks)

    store = stored(tmp_path / "out", CALLS.values())
    ledger = Ledger(store.ledger)
    result = rescore(store, ledger, standard, jobs=1, executor=lambda _: Dying(coach_calls))
    ledger.close()
    assert [one.call_id for one in result] == sorted(CALLS)
    assert all("died" in (one.error or "") and not one.changed for one in result)


@pytest.mark.slow
def test_the_number_of_workers_changes_no_byte(tmp_path: Path, standard: CoachingSetup) -> None:
    calls = [named(two_channels(), f"c{n:02d}") for n in range(CALLS_PER_TASK + 3)]
    one, two = (stored(tmp_path / name, calls) for name in ("one", "two"))
    again(one, standard)
    ledger = Ledger(two.ledger)
    result = rescore(two, ledger, standard, jobs=2, executor=processes)
    ledger.close()
    assert [r.call_id for r in result] == [call.call.id for call in calls]
    assert {k: v[0] for k, v in files(one).items()} == {k: v[0] for k, v in files(two).items()}


def test_the_hash_that_decides_about_transcribing_leaves_coaching_out(tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    config.write_text(
        '[coaching]\nscorecard_file = "mine/card.toml"\n[calibration]\nmin_calls = 40\n'
        "[measures]\nescalation_turns = 9\n",
        encoding="utf-8",
    )
    read = load_config(config)
    assert read.sha256 == Config().sha256
    assert read.measures.escalation_turns == 9 and read.calibration.min_calls == 40
    assert Path(read.coaching.scorecard_file) == tmp_path / "mine" / "card.toml"
    assert read.coaching.guide_file == ""
    assert Config(turns=Config().turns.model_copy(update={"join_s": 9.9})).sha256 != read.sha256


def test_measures_of_the_settings_count(tmp_path: Path, standard: CoachingSetup) -> None:
    measures = Config().measures.model_copy(update={"felt_min_strength": 0.0})
    assert load_standard(Config(measures=measures)).key != standard.key


def test_files_of_the_settings_are_used_and_must_be_there(tmp_path: Path) -> None:
    path = other_card(tmp_path, 'version = "1"', 'version = "ours"')
    found = load_standard(Config(coaching=CoachingConfig(scorecard_file=str(path))))
    assert found.card.version == "ours"
    for key in CoachingConfig.model_fields:
        missing = CoachingConfig(**{key: str(tmp_path / "gone.toml")})
        with pytest.raises(ConfigError, match=r"gone\.toml"):
            load_standard(Config(coaching=missing))


def test_a_run_scores_what_it_analysed_and_tells_what_it_could_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls of an earlier run, and none to analyse."""
    from callcoach.batch.run import coaching as module
    from callcoach.batch.run import runner
    from callcoach.batch.run.planning import RunFingerprint
    from callcoach.batch.sources.listing import Source

    def failing(analysis: CallAnalysis, standard: CoachingSetup) -> CallAnalysis:
        if analysis.call.id == mono().call.id:
            raise ZeroDivisionError("a defect")
        return scored(analysis, standard)

    scored = module.coached
    store = stored(tmp_path / "out", CALLS.values())
    monkeypatch.setattr(runner, "identity_of", lambda config: RunFingerprint("code", "whole"))

    def run() -> runner.RunResult:
        return runner.run_batch(
            Source((), ()),
            store,
            Config(),
            jobs=1,
            coaching_executor=lambda _: Inline(coach_calls),
        )

    monkeypatch.setattr(module, "coached", failing)
    result = run()
    assert result.exit_code == 3
    (failed,) = result.unscored
    assert failed.call_id == mono().call.id
    assert "unexpected ZeroDivisionError" in (failed.error or "")
    assert store.load(mono().call.id).scorecard is None
    assert store.load(two_channels().call.id).scorecard is not None
    monkeypatch.setattr(module, "coached", scored)
    result = run()
    assert (result.exit_code, result.unscored) == (0, ())
    assert store.load(mono().call.id).scorecard is not None
    lost = FailureRow("c9", "c9.wav", "the disk is full", "writing the report")
    monkeypatch.setattr(runner, "write_site", lambda *_, **__: SiteResult(1, unwritten=(lost,)))
    result = run()
    assert (result.exit_code, result.unwritten) == (3, (lost,))


def test_a_stamp_follows_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    assert stamp_of(path) == ""
    path.write_text("one")
    first = stamp_of(path)
    assert first == stamp_of(path) != ""
    path.write_text("other")
    assert stamp_of(path) != first


def test_an_analysis_is_scored_the_same_whatever_was_there(standard: CoachingSetup) -> None:
    from callcoach.coaching.setup import coached

    once: CallAnalysis = coached(two_channels(), standard)
    assert coached(once, standard) == once
