"""Purging: after it, a byte search finds nothing of a call but the receipt."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from byte_search import names_left, said, sequences, words_left
from callcoach.analysis.models import Models
from callcoach.batch import events
from callcoach.batch.events import LeftReason
from callcoach.batch.monitor.observers import observed
from callcoach.batch.monitor.summary import read_summary
from callcoach.batch.retention import purge as retention
from callcoach.batch.retention.inventory import holdings
from callcoach.batch.retention.purge import RetentionRule, pending_plan, plan_purge
from callcoach.batch.retention.tombstones import Tombstones
from callcoach.batch.retention.trace_search import Seeker
from callcoach.batch.retention.verify import check_folder, check_gone
from callcoach.batch.run import runner
from callcoach.batch.run.runner import RunResult, run_batch
from callcoach.batch.sources.listing import Source
from callcoach.cli.main import main
from callcoach.coaching.setup import load_standard
from callcoach.config.config import Config
from callcoach.config.nightly import RetentionConfig
from callcoach.errors import StoreError
from callcoach.model.analysis import CallAnalysis
from callcoach.model.playback import Playback, PlaybackKind
from callcoach.model.recording import MetadataItem
from callcoach.model.reviews import CallComment, FindingReview, Opinion, ReviewedFinding, ReviewRole
from callcoach.model.voice import PastCall
from callcoach.storage.analysis_json import to_json
from callcoach.storage.ledger import CallRecord, Ledger, State
from callcoach.storage.output_folder import Store, write_file
from coached import coached
from doubles import calls_inline
from factory import tense_call, two_channels
from shipped import ReviewStore, finish_purge, purge, write_site
from stored import busy, keep_voice, named, stored
from test_batch import CONFIG, make_call, run
from test_batch import fake_models as fake_models  # the fixture
from test_observe import AT, told

NOW = datetime(2026, 6, 1, tzinfo=UTC)
GONE = "call-4711"
WORDS = "the heron on Quillfeather Lane ate my parcel"
CONTENT = "ab" * 32


def of_call(call_id: str, **changes: object) -> CallAnalysis:
    """An analysis under another id, with words of its own."""
    analysis = two_channels()
    call = dataclasses.replace(analysis.call, id=call_id, **changes)  # type: ignore[arg-type]
    turns = analysis.turns
    if call_id == GONE:
        turns = (dataclasses.replace(turns[0], text=WORDS), *turns[1:])
    playback = Playback(PlaybackKind.COPY, "audio.m4a", "audio/mp4") if call_id == GONE else None
    return dataclasses.replace(analysis, call=call, turns=turns, playback=playback)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A folder with everything that callcoach may keep of calls."""
    out = tmp_path / "out"
    made = stored(
        out,
        [
            of_call(
                GONE,
                agent_id="ann",
                started_at="2026-01-05T10:00:00+01:00",
                source_name="rec 4711.wav",
                source_sha256=CONTENT,
                metadata=(MetadataItem("customer_id", "cust-77"),),
            ),
            of_call(f"{GONE}0", agent_id="bob", started_at="2026-05-20", source_sha256="cd" * 32),
            of_call("c2", agent_id="bob", started_at=None, source_sha256="ef" * 32),
        ],
    )
    ledger = Ledger(made.ledger)
    ledger.put(dataclasses.replace(entry_of(ledger, GONE), content=CONTENT))
    for call_id in (GONE, "c2"):
        keep_voice(ledger, "ann", "k", PastCall(call_id, None, ()))
    ledger.put(
        CallRecord(
            "bad", "bad.wav", "k", State.FAILED, 1, error_class="AudioError", error="bad.wav"
        )
    )
    write_site(made, ledger)
    ledger.close()
    write_file(made.failed / "bad.json", b'{"call_id": "bad"}')
    write_file(out / "cache" / GONE / "activity.json", b"{}")
    write_file(out / "cache" / "c2" / "activity.json", b"{}")
    write_file(made.call_folder(GONE) / "audio.m4a", b"sound")
    write_file(made.call_folder(GONE) / "raw.json", WORDS.encode())
    write_file(made.finished / f"{GONE}.json", b"{}")
    write_file(out / "waiting.json", json.dumps({GONE: "2026-01-01T00:00:00+00:00"}).encode())
    with zipfile.ZipFile(out / "callcoach.xlsx", "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("sheet1.xml", f"<v>{GONE}</v>" * 50)
    (out / "callcoach.xlsx").chmod(0o600)
    for name in ("site", "reviews"):
        path = out / f"{name}.sqlite"
        with contextlib.closing(sqlite3.connect(path)) as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("CREATE TABLE reviews (id INTEGER PRIMARY KEY, call_id TEXT, said TEXT)")
            db.execute(
                "CREATE TABLE replies (id INTEGER PRIMARY KEY, said TEXT, "
                "review INTEGER NOT NULL REFERENCES reviews (id))"
            )
            for call_id in (GONE, "c2"):
                row = db.execute(
                    "INSERT INTO reviews (call_id, said) VALUES (?, ?)", (call_id, WORDS[:20] * 400)
                )
                db.execute("INSERT INTO replies (said, review) VALUES ('yes', ?)", (row.lastrowid,))
            if name == "site":
                db.execute("UPDATE reviews SET said = 'other' WHERE call_id = 'c2'")
            db.commit()
        path.chmod(0o600)
    with contextlib.closing(sqlite3.connect(out / "reviews.sqlite")) as db:
        db.execute("UPDATE reviews SET said = 'other' WHERE call_id = 'c2'")
        db.commit()
    told(
        out,
        Config(),
        given=(
            events.RunStarted("r1", AT, 2, 0, 1, 60.0),
            events.CallDone(GONE, AT + 9, 9.0, 30.0, 1),
            events.CallDone("c2", AT + 19, 9.0, 30.0, 1),
            events.RunEnded("r1", AT + 20, 20.0, 2, 0, 0, 0, 0, 0),
        ),
    )
    return made


def entry_of(ledger: Ledger, call_id: str) -> CallRecord:
    found = ledger.get(call_id)
    assert found is not None
    return found


def holding(out: Path, *words: bytes) -> list[str]:
    """The files that hold one of some words, or are named by one: a plain search of ours."""
    found = []
    for path in out.rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        if path.suffix == ".xlsx":
            data += b"".join(
                zipfile.ZipFile(path).read(n) for n in zipfile.ZipFile(path).namelist()
            )
        if path.suffix == ".parquet":
            data += pd.read_parquet(path).to_csv().encode()
        data += path.name.encode()
        if any(word in data.replace(f"{GONE}0".encode(), b"") for word in words):
            found.append(str(path.relative_to(out)))
    return sorted(found)


NAMES = (GONE.encode(), WORDS.encode(), WORDS[:20].encode(), CONTENT.encode(), b"rec 4711")


def test_nothing_is_left_but_the_receipt(store: Store) -> None:
    assert len(holding(store.root, *NAMES)) > 12
    plan = plan_purge(store, RetentionRule(call_ids=(GONE,)), now=NOW)
    assert len(holding(store.root, *NAMES)) > 12  # a plan changes nothing
    done = purge(store, plan)
    assert done.left == ()
    assert holding(store.root, *NAMES) == []
    assert [call.call_id for call in holdings(store)] == ["bad", "c2", f"{GONE}0"]
    assert set(pd.read_parquet(store.tables / "calls.parquet")["call_id"]) == {"c2", f"{GONE}0"}
    assert not (store.root / "agents" / "ann.html").exists()
    summary = read_summary(store.root)
    assert summary is not None and [one.call for one in summary.slowest] == ["c2"]
    log = (store.logs / "run.jsonl").read_text()
    assert '"c2"' in log and "run_ended" in log
    with contextlib.closing(sqlite3.connect(store.root / "reviews.sqlite")) as db:
        assert db.execute("SELECT call_id, said FROM reviews").fetchall() == [("c2", "other")]
        assert len(db.execute("SELECT * FROM replies").fetchall()) == 1
    assert check_gone(store, [GONE]) == ()
    assert check_folder(store) == ()


def test_the_receipt_says_how_much_and_not_who(store: Store) -> None:
    plan = plan_purge(store, RetentionRule(where=(("customer_id", "cust-77"),)), now=NOW)
    done = purge(store, plan)
    receipt = json.loads(done.receipt.read_text())
    assert receipt["rule"] == ["where customer_id has a value"]
    assert receipt["removed"]["calls"] == 1
    assert receipt["removed"]["files"] >= 6
    assert receipt["removed"]["rows"] >= 4
    assert receipt["removed"]["log_lines"] == 2
    assert len(receipt["calls"]) == 1
    for word in (GONE, "cust-77", "ann", "4711"):
        assert word not in done.receipt.read_text()
    assert stat.S_IMODE(done.receipt.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "rule, gone",
    [
        (RetentionRule(timedelta(days=90)), {GONE}),
        (RetentionRule(timedelta(days=5)), {GONE, f"{GONE}0"}),
        (RetentionRule(agent_ids=("bob",)), {"c2", f"{GONE}0"}),
        (RetentionRule(timedelta(days=90), agent_ids=("bob",)), set()),
        (RetentionRule(where=(("customer_id", "cust-77"),)), {GONE}),
        (RetentionRule(where=(("customer_id", "cust-7"),)), set()),
        (RetentionRule(call_ids=("bad", "unheard-of")), {"bad", "unheard-of"}),
    ],
)
def test_rules(store: Store, rule: RetentionRule, gone: set[str]) -> None:
    plan = plan_purge(store, rule, now=NOW)
    assert {call.call_id for call in plan.calls} == gone


def test_calls_that_share_a_recording_or_a_name_do_not_hurt_each_other(tmp_path: Path) -> None:
    twins = [of_call(i, source_name="same.wav", source_sha256=CONTENT) for i in ("k9", "k9.wav")]
    store = stored(tmp_path, twins)
    done = purge(store, plan_purge(store, RetentionRule(call_ids=("k9",)), now=NOW))
    assert [call.call_id for call in holdings(store)] == ["k9.wav"]
    assert store.load("k9.wav").call.source_name == "same.wav"
    assert done.left == ()
    tombstones = Tombstones(tmp_path)
    assert tombstones.covers("k9", CONTENT)
    assert not tombstones.covers("k9.wav", CONTENT)


def everything_of(out: Path) -> Store:
    """Two coached calls, and all that the commands and a run may keep and export of them."""
    calls = [named(coached(tense_call()), GONE), named(coached(two_channels()), "c2")]
    calls[0] = dataclasses.replace(
        calls[0],
        call=dataclasses.replace(
            calls[0].call, agent_id="Ann B", source_name="rec 4711.wav", source_sha256=CONTENT
        ),
        playback=Playback(PlaybackKind.COPY, "audio.m4a", "audio/mp4"),
    )
    calls[1] = dataclasses.replace(calls[1], playback=None)
    store = stored(out, calls)
    write_file(store.call_folder(GONE) / "audio.m4a", b"sound")
    reviews = ReviewStore(out)
    for analysis in calls:
        call_id, quote = analysis.call.id, max((t.text for t in analysis.turns), key=len)
        write_file(store.call_folder(call_id) / "raw.json", to_json(analysis).encode())
        write_file(store.cache / call_id / "words.json", to_json(analysis).encode())
        assert analysis.findings
        finding = analysis.findings[0]
        who = (call_id, "Kim", ReviewRole.COACH, NOW)
        about = ReviewedFinding.of(finding)
        reviews.add(FindingReview(*who, finding.key, Opinion.AGREE, comment=quote, about=about))
        reviews.add(CallComment(*who, id="one", text=quote, coaches_only=True))
    write_file(store.finished / f"{GONE}.json", b"{}")
    told(out, Config(), given=(events.CallDone(GONE, AT, 9.0, 30.0, 1),))
    for arguments in (
        ("report", out),
        ("export", out, "-o", out / "book.xlsx"),
        ("export", out, "-o", out / "exports", "--format", "csv"),
        ("export", out, "-o", out / "exports" / "more", "--format", "parquet"),
        ("review", out, "--export", out / "said.csv"),
        ("verify", out),
    ):
        result = invoke(*arguments)
        assert result.exit_code == 0, (arguments, result.output)
    return store


def test_no_word_of_a_purged_call_is_left(tmp_path: Path) -> None:
    store = everything_of(tmp_path / "out")
    out = store.root
    names = (GONE, "rec 4711", CONTENT)
    guide = load_standard(Config()).guide.model_dump_json()
    kept = sequences(store.analysis_path("c2").read_text()) | sequences(guide)
    words = said(store.load(GONE)) - said(store.load("c2")) - kept
    assert len(words) > 100
    before, told_in = names_left(out, names), words_left(out, words)
    for place in (
        "book.xlsx",
        "said.csv",
        "site.sqlite",
        "reviews.sqlite",
        "exports/turns.csv",
        "exports/more/turns.parquet",
        "tables/turns.parquet",
        f"cache/{GONE}/words.json",
        f"calls/{GONE}/raw.json",
        f"calls/{GONE}/report.html",
    ):
        assert place in told_in, place
        assert place in before, place
    found = before.keys()
    assert {"index.html", "ledger.sqlite", "logs/run.jsonl", f".finished/{GONE}.json"} <= found
    write_file(out / "in" / "manifest.csv", f"path,call_id\nx.wav,{GONE}\n".encode())
    write_file(out / "in" / f"{GONE}.wav", b"RIFF")
    done = invoke("purge", out, "--call", GONE, "--yes")
    # What somebody laid there is told, and stays.
    assert (done.exit_code, "in/manifest.csv still holds" in done.output) == (3, True)
    shutil.rmtree(out / "in")
    assert names_left(out, names) == {}
    assert words_left(out, words) == {}
    checked = invoke("verify", out, "--call", GONE)
    assert checked.exit_code == 0, checked.output
    assert set(pd.read_parquet(store.tables / "turns.parquet")["call_id"]) == {"c2"}
    assert len(ReviewStore(out).events()) == 2
    assert "c2" in (out / "index.html").read_text() and (out / "team.html").is_file()


def test_an_id_like_the_name_of_a_file_costs_no_other_call(tmp_path: Path) -> None:
    store = stored(tmp_path / "out", [of_call("analysis"), of_call("report"), of_call("c2")])
    done = purge(store, plan_purge(store, RetentionRule(call_ids=("analysis", "report")), now=NOW))
    assert done.counts.calls == 2
    names = sorted(path.name for path in store.call_folder("c2").iterdir())
    assert names == ["analysis.json", "report.html", "report.md"]


# ------------------------------------------------------------------ tombstones


def test_a_purged_recording_is_known_by_its_content(store: Store) -> None:
    purge(store, plan_purge(store, RetentionRule(call_ids=(GONE,)), now=NOW))
    again = Tombstones(store.root)
    assert again.covers(GONE, CONTENT)
    assert again.covers("renamed", CONTENT)
    assert not again.covers(GONE, "11" * 32)  # another recording under an old name
    assert again.covers(GONE, None)  # its recording is gone: there is no other one
    assert not again.covers("c2", None)


def test_a_purged_call_of_unknown_content_is_known_by_its_id(store: Store) -> None:
    purge(store, plan_purge(store, RetentionRule(call_ids=("bad",)), now=NOW))
    again = Tombstones(store.root)
    assert again.covers("bad", None)
    assert again.covers("bad", "11" * 32)
    assert not again.covers("bad2", None)


def test_a_purged_recording_does_not_come_back(tmp_path: Path, fake_models: Models) -> None:
    make_call(tmp_path / "in" / "call-4711.wav")
    make_call(tmp_path / "in" / "c2.wav", seed=30)
    out = tmp_path / "out"
    run(tmp_path / "in", out)
    store = Store(out)
    assert purge(store, plan_purge(store, RetentionRule(call_ids=(GONE,)))).left == ()
    (tmp_path / "in" / "call-4711.wav").rename(tmp_path / "in" / "other.wav")
    with observed(store, Config()) as listeners:
        result, _ = run(tmp_path / "in", out, listener=listeners)
    assert (result.exit_code, result.done, result.unchanged) == (0, 0, 1)
    summary = read_summary(out)
    assert summary is not None
    assert [(one.reason, one.count) for one in summary.left] == [(LeftReason.PURGED, 1)]
    assert check_gone(store, [GONE]) == ()
    assert check_folder(store) == ()
    again = Config(retention=RetentionConfig(leave_purged=False))
    assert run(tmp_path / "in", out, again)[0].done == 1


def test_a_purged_call_whose_recording_is_gone_is_not_missed(
    tmp_path: Path, fake_models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    make_call(source / "call-4711.wav")
    make_call(source / "c2.wav", seed=30)
    (source / "calls.csv").write_text("path\ncall-4711.wav\nc2.wav\n")
    run(source / "calls.csv", out)
    store = Store(out)
    assert purge(store, plan_purge(store, RetentionRule(call_ids=(GONE,)))).left == ()
    (source / "call-4711.wav").unlink()
    config = tmp_path / "settings.toml"
    config.write_text("[arrivals]\nwait_h = 0\nstable_s = 0\n")

    def inline(batch: Source, store: Store, config: Config, **more: Any) -> RunResult:
        return run_batch(
            batch, store, CONFIG, jobs=1, executor=calls_inline, listener=more["listener"]
        )

    monkeypatch.setattr(runner, "run_batch", inline)
    done = invoke("run", source / "calls.csv", "--out", out, "--config", config)
    assert done.exit_code == 0 and "0 done, 1 already finished. Reports" in done.output, done.output
    assert check_gone(store, [GONE]) == ()
    make_call(source / "call-4711.wav", seed=60)  # another recording under the old id
    assert run(source / "calls.csv", out)[0].done == 1


# ------------------------------------------------------------------ stopped in the middle

STEPS = ("_own_paths", "remove_rows", "_purge_logs", "_purge_summary", "write_site")


@pytest.mark.parametrize("step", [*STEPS, "_write_receipt"])
def test_a_purge_that_was_killed_is_finished(store: Store, step: str) -> None:
    code = f"""
import os, signal
from datetime import datetime, UTC
from pathlib import Path
from callcoach.batch.retention import purge as retention
from callcoach.storage.output_folder import Store
from callcoach.config.config import Config
store = Store(Path({str(store.root)!r}))
plan = retention.plan_purge(store, retention.RetentionRule(call_ids=({GONE!r},)))
retention.{step} = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)
retention.purge(store, plan, Config())
"""
    killed = subprocess.run([sys.executable, "-c", code], env=dict(os.environ), check=False)
    assert killed.returncode == -signal.SIGKILL
    assert pending_plan(store) is not None
    assert any(fault.place == "purging.json" for fault in check_folder(store))
    assert Tombstones(store.root).covers(GONE, CONTENT)
    finish_purge(store)
    assert pending_plan(store) is None
    assert holding(store.root, *NAMES) == []
    assert check_folder(store) == ()
    assert check_gone(store, [GONE]) == ()


def test_a_database_in_use_is_told_and_finished_later(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from callcoach.storage import sqlite as databases

    monkeypatch.setattr(databases, "_WAIT_S", 0.1)
    with contextlib.closing(sqlite3.connect(store.root / "reviews.sqlite")) as db:
        db.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="close the program that has it open"):
            purge(store, plan_purge(store, RetentionRule(call_ids=(GONE,)), now=NOW))
    finish_purge(store)
    assert holding(store.root, *NAMES) == []


def test_a_log_goes_on_after_a_purge_in_the_middle_of_a_run(store: Store) -> None:
    plan = plan_purge(store, RetentionRule(call_ids=(GONE,)), now=NOW)
    with observed(store, Config()):
        purge(store, plan)
        logging.getLogger("callcoach").warning("the night goes on")
    assert "the night goes on" in (store.logs / "run.log").read_text()
    assert holding(store.root, *NAMES) == []


def test_a_purge_waits_for_an_export(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_purge(store, RetentionRule(call_ids=(GONE,)), now=NOW)
    with busy(store, monkeypatch) as waits:
        purge(store, plan)
    assert len(waits) == 1
    assert holding(store.root, *NAMES) == []


def test_a_folder_that_is_a_link_is_told(store: Store, tmp_path: Path) -> None:
    shutil.move(store.call_folder(GONE), tmp_path / "elsewhere")
    store.call_folder(GONE).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match=f"{GONE} is a link"):
        purge(store, plan_purge(store, RetentionRule(call_ids=(GONE,)), now=NOW))
    shutil.rmtree(tmp_path / "elsewhere")
    store.call_folder(GONE).unlink()
    finish_purge(store)
    assert holding(store.root, *NAMES) == []


def test_each_purge_has_its_receipt(store: Store) -> None:
    for number, call_id in enumerate((GONE, "c2")):
        now = NOW + timedelta(milliseconds=number)
        purge(store, plan_purge(store, RetentionRule(call_ids=(call_id,)), now=now))
    assert check_gone(store, [GONE, "c2"]) == ()


def test_pages_that_cannot_be_written_go(store: Store) -> None:
    store.analysis_path("c2").write_text("{")
    done = purge(store, plan_purge(store, RetentionRule(call_ids=(GONE,)), now=NOW))
    assert done.left == ()
    assert holding(store.root, *NAMES) == []


# ------------------------------------------------------------------ searching


@pytest.mark.parametrize(
    "data",
    [
        b"x call/1 y",
        b"call%2F1",
        "call/1".encode("utf-16"),
        "call/1".encode("utf-16-be"),
        b"<a href='call&#x2F;1'>call/1</a>",
        b"e5a3a4b7c9d1_" + b"call/1",
    ],
)
def test_spellings_are_found(data: bytes) -> None:
    expected = {} if data.startswith(b"e5") else {"call/1": 1}
    assert Seeker(["call/1"]).count(data) == expected


def test_hashed_names_are_found() -> None:
    import hashlib

    digest = hashlib.sha256(b"c-1").hexdigest()
    assert Seeker(["c-1"]).count(digest.encode()) == {"c-1": 1}
    assert Seeker(["c-1"]).count(f"x/{digest[:16]}.json".encode()) == {"c-1": 1}
    assert Seeker(["c-1"]).count(f"{digest[:15]}".encode()) == {}


def test_texts_of_databases_are_found_without_gaps(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "x.sqlite")) as db:
        db.execute("CREATE TABLE t (a TEXT, b TEXT, c TEXT)")
        db.execute(
            "INSERT INTO t VALUES ('call-4711', 'rest', 'k9'), ('k9.wav', 'a', 'call-47110')"
        )
        db.commit()
    path = tmp_path / "x.sqlite"
    assert Seeker(["call-4711"], ["call-47110"]).count_in(path) == {"call-4711": 1}
    assert Seeker(["k9"], ["k9.wav"]).count_in(path) == {"k9": 1}
    assert Seeker(["call-471"], ["call-4711", "call-47110"]).count_in(path) == {}


def test_archives_that_cannot_be_opened_stop_no_search(tmp_path: Path) -> None:
    for name in ("broken.xlsx", "locked.zip"):
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("call/1", b"0123456789" * 100)
    broken = bytearray((tmp_path / "broken.xlsx").read_bytes())
    broken[40:44] = b"\xff" * 4  # inside of what is packed
    (tmp_path / "broken.xlsx").write_bytes(broken)
    locked = bytearray((tmp_path / "locked.zip").read_bytes())
    for head, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(head) + at] |= 1  # a password is asked for
    (tmp_path / "locked.zip").write_bytes(locked)
    (tmp_path / "odd.parquet").write_bytes(b"PAR1 call/1 PAR1")
    found = Seeker(["call/1"]).traces(tmp_path)
    names = {str(trace.path) for trace in found}
    assert names == {"broken.xlsx", "locked.zip", "odd.parquet"}


def test_longer_words_are_no_hit() -> None:
    seeker = Seeker(["c1"], ["c1.wav", "x-c1"])
    assert seeker.count(b"c12 xc1 c1.wav x-c1 _c1") == {}
    assert seeker.count(b"c1, c1.html (c1)") == {"c1": 3}
    assert Seeker([]).count(b"anything") == {}


# ------------------------------------------------------------------ verify


def faults(store: Store) -> list[str]:
    return [f"{fault.place}: {fault.what}" for fault in check_folder(store)]


def test_what_is_not_whole_or_not_private_is_told(store: Store) -> None:
    assert faults(store) == []
    (store.root / "index.html").chmod(0o644)
    store.failed.chmod(0o755)
    (store.call_folder("c2") / "report.html").unlink()
    (store.call_folder("c2") / "report.mdx1.tmp").touch(0o600)
    store.analysis_path(GONE).write_text("{")
    (store.calls / "stray").mkdir(0o700)
    write_file(store.failed / "c2.json", b"{}")
    (store.root / "link").symlink_to("/etc")
    pd.DataFrame({"call_id": ["c2", "ghost"]}).to_parquet(store.tables / "turns.parquet")
    (store.tables / "turns.parquet").chmod(0o600)
    with contextlib.closing(sqlite3.connect(store.root / "site.sqlite")) as db:
        db.execute("UPDATE reviews SET call_id = 'ghost' WHERE call_id = 'c2'")
        db.commit()
    found = faults(store)
    for words in (
        "index.html: can be read by others",
        "failed: can be read by others",
        "calls/c2/report.html: is missing",
        "calls/c2/report.mdx1.tmp: was left",
        f"calls/{GONE}: the analysis cannot be read",
        "calls/stray: the ledger does not know",
        "failed/c2.json: the call did not fail",
        "link: is a link",
        "tables/turns.parquet: has call ghost",
        "tables/turns.parquet: is not as it was written",
        "site.sqlite: its table reviews names call ghost",
    ):
        assert any(fault.startswith(words) for fault in found), words
    assert len(found) == 11


def test_files_that_come_and_go_while_it_looks_stop_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Path.rglob

    def with_one_gone(path: Path, pattern: str) -> list[Path]:
        return [*found(path, pattern), path / "reviews.sqlite-wal"]

    monkeypatch.setattr(Path, "rglob", with_one_gone)
    assert faults(store) == []


def test_pages_and_sounds_that_do_not_fit_are_told(store: Store) -> None:
    (store.call_folder(GONE) / "audio.m4a").unlink()
    write_file(store.call_folder("c2") / "audio.m4a", b"sound")
    write_file(store.analysis_path("c2"), store.analysis_path("c2").read_bytes() + b"\n")
    (store.root / "team.html").unlink()
    write_file(store.root / "index.html", b"<html>")
    write_file(store.root / "agents" / "nobody.html", b"<html>")
    next((store.root / "assets").glob("plotly-*")).unlink()
    write_file(store.cache / "stray" / "words.json", b"{}")
    (store.root / ".callcoach-x").mkdir(0o700)
    found = faults(store)
    for words in (
        f"calls/{GONE}/audio.m4a: is missing",
        "calls/c2/audio.m4a: no page plays it",
        "site.sqlite: the pages tell 1 of the calls (such as c2) not as they are",
        "team.html: is missing",
        "index.html: is not as it was written",
        "agents/nobody.html: is of no agent",
        "assets: lacks the script",
        "cache/stray: the ledger does not know",
        ".callcoach-x: was left by an export",
    ):
        assert any(fault.startswith(words) for fault in found), (words, found)
    assert len(found) == 9
    store.site.unlink()
    assert any(fault.startswith("site.sqlite: is missing or empty") for fault in faults(store))


def test_a_broken_database_is_told(store: Store) -> None:
    (store.root / "site.sqlite").write_bytes(b"no database at all" * 100)
    assert any(fault.startswith("site.sqlite: is broken") for fault in faults(store))


def test_a_call_that_was_never_purged_is_told(store: Store) -> None:
    found = check_gone(store, ["c2"])
    assert found[0].what == "no receipt says that call c2 was purged"
    assert any(fault.place == "calls/c2" for fault in found)


# ------------------------------------------------------------------ the commands


def invoke(*arguments: object, said: str | None = None) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments], input=said)


def test_purge_and_verify_from_the_command_line(store: Store) -> None:
    out = store.root
    assert invoke("verify", out).exit_code == 0
    tried = invoke("purge", out, "--call", GONE, "--dry-run")
    assert (tried.exit_code, "would remove calls: 1" in tried.output) == (0, True)
    asked = invoke("purge", out, "--call", GONE, said="n\n")
    assert (asked.exit_code, "nothing was removed" in asked.output) == (0, True)
    assert store.analysis_path(GONE).is_file()
    done = invoke("purge", out, "--older-than", "1w", "--agent", "ann", "--yes")
    assert done.exit_code == 0, done.output
    assert "Receipt: " in done.output
    assert invoke("verify", out, "--call", GONE).exit_code == 0
    assert invoke("purge", out, "--call", "no-call", "--older-than", "1d").exit_code == 0
    kept = invoke("verify", out, "--call", "c2")
    assert (kept.exit_code, "no receipt" in kept.output) == (3, True)


def test_what_a_stopped_purge_leaves_does_not_stop_the_next(store: Store) -> None:
    plan = plan_purge(store, RetentionRule(call_ids=(GONE,)), now=NOW)
    write_file(store.root / "purging.json", retention._PLAN.dump_json(plan))
    write_file(store.root / "notes.txt", GONE.encode())  # somebody's own
    tried = invoke("purge", store.root, "--dry-run")
    assert (tried.exit_code, "would finish the purge of" in tried.output) == (0, True)
    done = invoke("purge", store.root, "--call", "c2", "--yes")
    assert (done.exit_code, done.output.count("Receipt: ")) == (3, 2), done.output
    assert "notes.txt still holds" in done.output
    assert not store.call_folder("c2").exists()


@pytest.mark.parametrize(
    "options, words",
    [
        ((), "say which calls"),
        (("--older-than", "90"), "write it like 90d"),
        (("--where", "customer_id"), "no COLUMN=VALUE"),
    ],
)
def test_a_wrong_rule_removes_nothing(store: Store, options: tuple[str, ...], words: str) -> None:
    before = holding(store.root, *NAMES)
    result = invoke("purge", store.root, "--yes", *options)
    assert (result.exit_code, words in result.output) == (2, True), result.output
    assert holding(store.root, *NAMES) == before


def test_the_steps_are_those_of_the_purge() -> None:
    for step in STEPS:
        assert hasattr(retention, step)
