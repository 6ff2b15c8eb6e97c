"""Logs, summary, metrics, mail and webhook of a run."""

from __future__ import annotations

import email
import email.policy
import errno
import json
import logging
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from callcoach.batch import events
from callcoach.batch.monitor.notifications import check_notify, post_summary
from callcoach.batch.monitor.observers import observed
from callcoach.batch.monitor.summary import RunSummary, read_summary, without
from callcoach.config.config import Config
from callcoach.config.nightly import LogConfig, NotifyConfig
from callcoach.errors import ConfigError, StoreError
from callcoach.storage.output_folder import Store

AT = 1_770_000_000.0
SECRET = "Rosamund Pike-Okafor 4929 1234 5678 9012"
EVENTS: tuple[events.Event, ...] = (
    events.RunStarted("r1", AT, 4, 7, 2, 600.0),
    events.DuplicateFound("c2", "c1"),
    events.SourceOverlooked({".txt": 2}, ("1 of 3 names did not fit",)),
    events.CallStarted("c1", AT + 1, 1, 200.0),
    events.StageDone("c1", "words", 12.5),
    events.StageDone("c1", "voice", 2.0, cached=True),
    events.CallDone("c1", AT + 20, 19.0, 200.0, 1),
    events.CallFailed("c2", AT + 21, 1.0, "WorkerDied", f"{SECRET}.wav", 1, False, 2.0),
    events.CallFailed("c2", AT + 30, 1.0, "WorkerDied", f"{SECRET}.wav", 2, False, None),
    events.CallFailed("c3", AT + 31, 0.1, "AudioError", f"{SECRET}.wav", 3, True, None),
    events.CallLeft("c4", events.LeftReason.TIME),
    events.CallLeft("gone-call", events.LeftReason.PURGED),
    events.RunEnded("r1", AT + 100, 100.0, 1, 7, 1, 1, 1, 4),
)


def told(out: Path, config: Config, *, given: tuple[events.Event, ...] = EVENTS) -> Store:
    store = Store(out)
    with observed(store, config) as listeners:
        for event in given:
            listeners.on(event)
    return store


def with_notify(**values: object) -> Config:
    return Config(notify=NotifyConfig.model_validate(values))


def summary_of(store: Store) -> RunSummary:
    found = read_summary(store.root)
    assert found is not None
    return found


def test_every_event_is_one_line_of_json(tmp_path: Path) -> None:
    store = told(tmp_path, Config())
    lines = (store.logs / "run.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["event"] for row in rows] == [
        "run_started",
        "duplicate_found",
        "source_overlooked",
        "call_started",
        "stage_done",
        "stage_done",
        "call_done",
        "call_failed",
        "call_failed",
        "call_failed",
        "call_left",
        "call_left",
        "run_ended",
    ]
    assert all(list(row)[:3] == ["at", "run", "event"] and row["run"] == "r1" for row in rows)
    assert rows[6] | {"call_id": "c1", "seconds": 19.0, "audio_s": 200.0, "attempts": 1} == rows[6]
    page = (Path(__file__).parent.parent / "docs" / "nightly.md").read_text(encoding="utf-8")
    for row in rows:
        assert f"`{row['event']}`" in page


def test_the_summary_counts_and_names(tmp_path: Path) -> None:
    found = summary_of(told(tmp_path, Config()))
    assert (found.total, found.done, found.unchanged, found.without_report) == (4, 1, 7, 2)
    assert (found.retries, found.audio_s, found.speed) == (1, 200.0, 2.0)
    assert found.failures == {"AudioError": 1, "WorkerDied": 1}
    assert [(f.call, f.attempts, f.quarantined) for f in found.failed] == [
        ("c2", 2, False),
        ("c3", 3, True),
    ]
    assert found.stages == {"words": 12.5}  # what was taken from the cache took no time
    assert {one.reason: (one.count, one.calls) for one in found.left} == {
        events.LeftReason.PURGED: (1, ()),
        events.LeftReason.TIME: (1, ("c4",)),
    }
    text = (tmp_path / "summary.txt").read_text(encoding="utf-8")
    for words in ("Exit code    4: the time was up", "c2: WorkerDied, 2 attempts", "2 seconds of"):
        assert words in text
    bare = without(found, {"c1", "c2", "c4"})
    assert (bare.slowest, [f.call for f in bare.failed]) == ((), ["c3"])


def test_nothing_names_a_file_or_a_purged_call(tmp_path: Path) -> None:
    metrics = tmp_path / "metrics.prom"
    config = with_notify(mail_to="qa@example.org", metrics_file=str(metrics))
    store = Store(tmp_path / "out")
    with observed(store, config) as listeners:
        for event in EVENTS:
            listeners.on(event)
        log = logging.getLogger("callcoach")
        log.error("%s failed: %s", "c1", f"{SECRET} is no recording")
        log.error("%s", ValueError(SECRET))
        log.warning("%(who)s", {"who": SECRET})
    for path in [metrics, *(p for p in store.root.rglob("*") if p.is_file())]:
        text = path.read_text(encoding="utf-8")
        for word in (*SECRET.split(), "gone-call"):
            assert word not in text, path
    assert "c1 failed: ..." in (store.logs / "run.log").read_text(encoding="utf-8")
    assert "ValueError" in (store.logs / "run.log").read_text(encoding="utf-8")


def test_ids_are_hashed_where_they_tell_who_called(tmp_path: Path) -> None:
    config = Config(log=LogConfig(hash_ids=True), notify=NotifyConfig(mail_to="qa@example.org"))
    given = tuple(e for e in EVENTS if not isinstance(e, events.DuplicateFound))
    renamed = [
        type(e)(**{**vars(e), "call_id": f"phone-555-{e.call_id}"}) if hasattr(e, "call_id") else e
        for e in given
    ]
    store = told(tmp_path, config, given=tuple(renamed))
    for path in store.root.rglob("*"):
        assert path.is_dir() or b"phone-555" not in path.read_bytes()
    assert len({one.call for one in summary_of(store).failed}) == 2


def test_a_full_log_is_put_aside_and_few_are_kept(tmp_path: Path) -> None:
    config = Config(log=LogConfig(max_mb=0.001, keep=2))
    for _ in range(6):
        store = told(tmp_path, config)
    names = sorted(path.name for path in store.logs.iterdir())
    assert names == [
        "run.jsonl",
        "run.jsonl.1",
        "run.jsonl.2",
        "run.log",
        "run.log.1",
        "run.log.2",
    ]
    for path in store.logs.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        for line in path.read_text().splitlines() if "jsonl" in path.name else ():
            json.loads(line)


def test_a_run_that_breaks_off_says_so(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), observed(Store(tmp_path), Config()):
        raise ZeroDivisionError
    (line,) = (tmp_path / "logs" / "run.jsonl").read_text().splitlines()
    assert json.loads(line) | {"event": "run_broke_off", "error_class": "ZeroDivisionError"} == (
        json.loads(line)
    )


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (StoreError("only 3 MB are free"), 1, "StoreError"),
        (ConfigError("no guide"), 2, "ConfigError"),
        (KeyboardInterrupt(), 130, None),
    ],
)
def test_a_run_that_cannot_begin_replaces_the_summary_of_the_last(
    tmp_path: Path, error: BaseException, code: int, reason: str | None
) -> None:
    metrics = tmp_path / "m.prom"
    store = told(tmp_path / "out", with_notify(metrics_file=str(metrics)))
    with (
        pytest.raises(type(error)),
        observed(store, with_notify(metrics_file=str(metrics))),
    ):
        raise error
    found = summary_of(store)
    assert (found.exit_code, found.error_class, found.done) == (code, reason, 0)
    assert f"callcoach_run_exit_code {code}.0" in metrics.read_text()
    text = (store.root / "summary.txt").read_text()
    assert ("Broke off" in text) == (reason is not None)


def test_a_run_that_has_ended_keeps_its_summary(tmp_path: Path) -> None:
    with pytest.raises(StoreError), observed(Store(tmp_path), Config()) as listeners:
        for event in EVENTS:
            listeners.on(event)
        raise StoreError("late")
    assert summary_of(Store(tmp_path)).exit_code == 4


def test_a_log_that_cannot_be_written_shows_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = os.write

    def full(handle: int, data: bytes) -> int:
        if "/logs/" in str(Path(f"/proc/self/fd/{handle}").readlink()):
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(handle, data)

    monkeypatch.setattr(os, "write", full)
    store = Store(tmp_path)
    with observed(store, Config()) as listeners:
        for event in EVENTS:
            listeners.on(event)
        logging.getLogger("callcoach").error("%s was not scored: %s", "c1", "x")
    assert capsys.readouterr().err == ""
    assert summary_of(store).done == 1


def test_the_log_leaves_the_package_as_it_was(tmp_path: Path) -> None:
    log = logging.getLogger("callcoach")
    before = (log.level, log.propagate, list(log.handlers))
    told(tmp_path, Config())
    assert (log.level, log.propagate, list(log.handlers)) == before


def test_metrics_are_what_prometheus_reads(tmp_path: Path) -> None:
    from prometheus_client.parser import text_string_to_metric_families

    path = tmp_path / "callcoach.prom"
    told(tmp_path / "out", with_notify(metrics_file=str(path)))
    samples = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(path.read_text())
        for sample in family.samples
    }
    assert samples["callcoach_run_calls", "done"] == 1
    assert samples["callcoach_run_calls", "failed"] == 1
    assert samples["callcoach_run_calls", "quarantined"] == 1
    assert samples["callcoach_run_exit_code",] == 4
    assert samples["callcoach_run_failures", "AudioError"] == 1
    assert samples["callcoach_run_end_time_seconds",] == AT + 100
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["callcoach.prom"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o644  # the node exporter is another user


def test_the_mail_can_be_sent(tmp_path: Path) -> None:
    told(tmp_path, with_notify(mail_to="qa@example.org, ops@example.org"))
    message = email.message_from_bytes(
        (tmp_path / "summary.eml").read_bytes(), policy=email.policy.default
    )
    assert message["To"] == "qa@example.org, ops@example.org"
    assert "the time was up" in message["Subject"]
    assert "Failed calls" in message.get_content()
    told(tmp_path, Config())
    assert not (tmp_path / "summary.eml").exists()  # else an old one would be sent again


def test_an_address_that_adds_lines_to_a_mail_is_refused_before_the_run() -> None:
    with pytest.raises(ConfigError, match="mail_to is no address"):
        check_notify(NotifyConfig(mail_to="qa@example.org\nBcc: other@example.org"))


# ------------------------------------------------------------------ webhook


@contextmanager
def listening(status: int, where: str | None = None) -> Iterator[tuple[str, list[bytes]]]:
    """A server on this machine that answers everything in one way, and what it was sent."""
    got: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            if where:
                self.send_header("Location", where)
            self.end_headers()

        def do_GET(self) -> None:
            got.append(b"GET")
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook?token=t0p", got
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("status, taken", [(204, True), (500, False)])
def test_the_webhook_gets_numbers_and_no_call(tmp_path: Path, status: int, taken: bool) -> None:
    with listening(status) as (address, got):
        store = told(tmp_path, with_notify(webhook=address))
    (body,) = got
    sent = json.loads(body)
    assert (sent["done"], sent["failures"]["AudioError"], sent["left"]["time"]) == (1, 1, 1)
    assert not {"failed", "slowest"} & set(sent)
    for call_id in ("c1", "c2", "c3", "c4"):
        assert call_id not in body.decode()
    logged = (store.logs / "run.log").read_text()
    assert f"the webhook answered {status}" in logged
    assert "t0p" not in logged


def test_a_webhook_is_not_led_elsewhere(tmp_path: Path) -> None:
    summary = summary_of(told(tmp_path, Config()))
    with listening(200) as (other, got_there), listening(302, other) as (address, got):
        assert not post_summary(summary, NotifyConfig(webhook=address))
    assert (len(got), got_there) == (1, [])


def test_a_webhook_that_is_not_there_or_silent_fails_quietly(tmp_path: Path) -> None:
    import socket

    summary = summary_of(told(tmp_path, Config()))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        config = NotifyConfig(webhook=f"http://127.0.0.1:{port}/", webhook_timeout_s=0.2)
        assert not post_summary(summary, config)
    assert not post_summary(summary, config)


@pytest.mark.parametrize(
    "webhook", ["file:///etc/passwd", "ftp://a/b", "localhost", "https:///x", "http://[::1"]
)
def test_other_schemes_are_refused_before_the_run(webhook: str) -> None:
    with pytest.raises(ConfigError, match="no http or https"):
        check_notify(NotifyConfig(webhook=webhook))


def test_a_metrics_folder_that_is_not_there_is_told_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="metrics_file"):
        check_notify(NotifyConfig(metrics_file=str(tmp_path / "no" / "m.prom")))
