"""Runs over calls of two files: what is new, the same, changed, purged and played."""

from __future__ import annotations

import logging
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from callcoach.analysis import Models
from callcoach.audio.decode import decode
from callcoach.batch.events import CallFailed, DuplicateFound
from callcoach.batch.ledger import Ledger
from callcoach.batch.playback import COPY_NAME
from callcoach.batch.retention import Rule, plan_purge
from callcoach.batch.store import Store
from callcoach.batch.summary import SummaryMaker, summary_text, totals_json
from callcoach.batch.verify import check_folder
from callcoach.call import Role
from callcoach.settings.reports import ReportsConfig
from shipped import purge
from test_batch import CONFIG, make_call, run
from test_batch import fake_models as fake_models  # the fixture
from test_source import manifest

HEADER = "path_agent,path_customer,customer_offset_s,call_id"


def make_pair(root: Path, name: str, seed: int = 0) -> None:
    """The two channels of a made call, a file each."""
    make_call(root / "both.wav", seed)
    both, rate_hz = soundfile.read(root / "both.wav")
    soundfile.write(root / f"{name}-out.wav", both[:, 0], rate_hz)
    soundfile.write(root / f"{name}-in.wav", both[:, 1], rate_hz)
    (root / "both.wav").unlink()


def listed(root: Path, *rows: str) -> Path:
    return manifest(root, "\n".join([HEADER, *rows, ""]))


def test_a_call_of_two_files_is_one_call_until_it_is_purged(
    tmp_path: Path, fake_models: Models
) -> None:
    root, out = tmp_path / "in", tmp_path / "out"
    make_pair(root, "k7")
    path = listed(root, "k7-out.wav,k7-in.wav,,k7")
    result, _ = run(path, out)
    assert (result.exit_code, result.done) == (0, 1)
    store = Store(out)
    call = store.load("k7").call
    assert (call.channels, call.source_name) == (2, "k7-out.wav / k7-in.wav")
    assert [(p.role, p.channel) for p in call.parties] == [
        (Role.AGENT, "left"), (Role.CUSTOMER, "right"),
    ]  # fmt: skip
    copy = decode(out / "calls" / "k7" / COPY_NAME, CONFIG.audio).samples
    agent, customer = (np.sqrt((copy[:, s : s + 16000] ** 2).mean(axis=1)) for s in (16000, 64000))
    assert agent[0] > 10 * agent[1] and customer[1] > 10 * customer[0]
    assert check_folder(store) == ()
    # Nothing changed; then the customer's file does; then when it begins.
    assert run(path, out)[0].unchanged == 1
    make_pair(root, "k7", seed=20)
    assert run(path, out)[0].done == 1
    changed = store.load("k7").call.source_sha256
    listed(root, "k7-out.wav,k7-in.wav,0.5,k7")
    assert run(path, out)[0].done == 1
    later = store.load("k7").call
    assert later.source_sha256 == changed and later.duration_s == pytest.approx(6.5)
    # Half of it is moved away: it has its report.
    shutil.move(root / "k7-in.wav", tmp_path / "k7-in.wav")
    assert run(path, out)[0].unchanged == 1
    shutil.move(tmp_path / "k7-in.wav", root / "k7-in.wav")
    with store.locked():
        left = purge(store, plan_purge(store, Rule(call_ids=("k7",)))).left
    assert left == ()
    # It stays away, whenever the customer's file is said to begin.
    listed(root, "k7-out.wav,k7-in.wav,0.25,k7", "k7-in.wav,k7-out.wav,,k8")
    result, _ = run(path, out)
    assert (result.done, [c for c, _ in result.left]) == (1, [])
    assert not (out / "calls" / "k7").exists() and (out / "calls" / "k8").exists()


def test_the_same_two_files_are_told_as_the_same_recording(
    tmp_path: Path, fake_models: Models
) -> None:
    root = tmp_path / "in"
    make_pair(root, "a")
    for side in ("in", "out"):
        shutil.copy(root / f"a-{side}.wav", root / f"b-{side}.wav")
    make_pair(root, "c", seed=40)  # its customer's file alone is the same
    path = listed(root, *(f"{n}-out.wav,{n}-in.wav,,{n}" for n in "abc"))
    _, seen = run(path, tmp_path / "out", CONFIG.model_copy(update={"reports": NO_SOUND}))
    assert [(d.call_id, d.same_as) for d in seen.of(DuplicateFound)] == [("b", "a")]


NO_SOUND = ReportsConfig(audio="none")


def test_a_broken_half_is_named_and_costs_its_call_alone(
    tmp_path: Path, fake_models: Models
) -> None:
    root = tmp_path / "in"
    make_pair(root, "a")
    make_pair(root, "b")
    (root / "a-in.wav").write_text("no sound")
    (root / "b-in.wav").unlink()
    path = listed(root, *(f"{n}-out.wav,{n}-in.wav,,{n}" for n in "ab"))
    _, seen = run(path, tmp_path / "out")
    errors = {e.call_id: (e.error_class, e.error) for e in seen.of(CallFailed)}
    assert errors["a"][0] == "AudioError" and "a-in.wav is not a recording" in errors["a"][1]
    assert errors["b"][0] == "RecordingGone" and "b-in.wav is not there" in errors["b"][1]


def test_two_files_cannot_be_linked_which_is_told_once(
    tmp_path: Path, fake_models: Models, caplog: pytest.LogCaptureFixture
) -> None:
    root, out = tmp_path / "in", tmp_path / "out"
    make_pair(root, "a")
    path = listed(root, "a-out.wav,a-in.wav,,a")
    linked = CONFIG.model_copy(update={"reports": ReportsConfig(audio="link")})
    for times in (1, 0):
        caplog.clear()
        with caplog.at_level(logging.ERROR, "callcoach"):
            run(path, out, linked)
        assert caplog.text.count("a page cannot play a-out.wav / a-in.wav") == times
    assert Store(out).load("a").playback is None
    run(path, out)
    assert (out / "calls" / "a" / COPY_NAME).is_file()


def test_the_summary_counts_what_was_not_looked_at(tmp_path: Path, fake_models: Models) -> None:
    root = tmp_path / "in"
    make_call(root / "a.wav")
    (root / "a.txt").touch()
    _, seen = run(root, tmp_path / "out")
    found = []

    class Plain:
        def of(self, call_id: str) -> str:
            return call_id

    maker = SummaryMaker(Plain(), found.append)  # type: ignore[arg-type]
    for event in seen.events:
        maker.on(event)
    (summary,) = found
    assert summary.not_looked_at == {".txt": 1} and summary.notes == ()
    assert "1 file was not looked at: 1 .txt" in summary_text(summary)
    assert b'"not_looked_at": {".txt": 1}' in totals_json(summary)
    assert "In the source" not in summary_text(replace(summary, not_looked_at={}))


def test_facts_from_beside_a_call_make_it_another(tmp_path: Path, fake_models: Models) -> None:
    """As a changed row of the manifest does; what was noted of a sidecar counts too."""
    from callcoach.batch.survey import identity_of, survey
    from callcoach.call import CallWarning, Recording

    make_call(tmp_path / "a.wav")
    plain = Recording(tmp_path / "a.wav", "a")
    store = Store(tmp_path / "out")
    with store.locked():
        ledger = Ledger(store.ledger)
        keys = {
            survey([one], identity_of(CONFIG), ledger, store, retry_failed=False).todo[0].entry.key
            for one in (
                plain,
                plain,
                replace(plain, agent_id="kim"),
                replace(plain, notes=(CallWarning("sidecar_unread", "x.json is broken"),)),
            )
        }
        ledger.close()
    assert len(keys) == 3
