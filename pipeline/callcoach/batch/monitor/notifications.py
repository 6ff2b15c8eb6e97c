"""Telling other programs that a run has ended: Prometheus by a file, others by a webhook.

Neither gets a call's id: they are numbers about the run.
"""

from __future__ import annotations

import logging
import urllib.error
import urllib.request
from datetime import datetime
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from callcoach.batch.monitor.summary import RunSummary, addressed, totals_json
from callcoach.config.nightly import NotifyConfig
from callcoach.errors import ConfigError, StoreError

log = logging.getLogger("callcoach")


def check_notify(config: NotifyConfig) -> None:
    """Check what would otherwise only fail at the end of a night.

    Raises
    ------
    ConfigError
        If the webhook's address is none of http or https, the folder of the metrics file is not
        there, or a mail cannot be addressed.
    """
    if config.mail_to:
        addressed(config)
    if config.webhook:
        try:
            parts = urlsplit(config.webhook)
        except ValueError:  # brackets that are no IPv6 address
            parts = urlsplit("")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigError(
                "notify.webhook is no http or https address with a host; write it like "
                "https://example.org/hook, or leave it empty"
            )
    if config.metrics_file and not Path(config.metrics_file).parent.is_dir():
        raise ConfigError(
            f"the folder of notify.metrics_file ({config.metrics_file}) is not there; make it, or "
            "leave the setting empty"
        )


def write_metrics(summary: RunSummary, path: Path) -> None:
    """Write a run's numbers for Prometheus' textfile collector, whole or not at all.

    Raises
    ------
    StoreError
        If the file cannot be written.
    """
    from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

    registry = CollectorRegistry()

    gauges: dict[str, Gauge] = {}

    def gauge(name: str, text: str, value: float, **labels: str) -> None:
        if name not in gauges:
            gauges[name] = Gauge(f"callcoach_{name}", text, tuple(labels), registry=registry)
        (gauges[name].labels(**labels) if labels else gauges[name]).set(value)

    ended = datetime.fromisoformat(summary.ended_at).timestamp()
    calls = {"done": summary.done, "unchanged": summary.unchanged}
    calls["failed"] = summary.without_report - summary.quarantined
    calls["quarantined"] = summary.quarantined
    for state, many in calls.items():
        gauge("run_calls", "Calls of the last run by what became of them.", many, state=state)
    for left in summary.left:
        text = "Calls the last run left, by reason."
        gauge("run_left_calls", text, left.count, reason=left.reason.value)
    for kind, many in summary.failures.items():
        gauge("run_failures", "Calls that failed in the last run, by kind.", many, kind=kind)
    for stage, spent in summary.stages.items():
        text = "Seconds that all calls of the last run spent in a stage."
        gauge("run_stage_seconds", text, spent, stage=stage)
    gauge("run_retries", "Attempts of the last run that were made again.", summary.retries)
    gauge("run_seconds", "How long the last run took.", summary.seconds)
    gauge("run_audio_seconds", "Length of the calls that the last run finished.", summary.audio_s)
    gauge("run_exit_code", "Exit code of the last run.", summary.exit_code)
    gauge("run_end_time_seconds", "When the last run ended, seconds since 1970.", ended)
    try:
        write_to_textfile(str(path), registry)
        path.chmod(0o644)  # for the node exporter, which is another user; it names no call
    except OSError as error:
        raise StoreError(f"cannot write the metrics {path}: {error.strerror}") from error


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect could lead to another scheme or host than the one that was configured."""

    def redirect_request(self, *args: object) -> None:
        """Take none."""
        return None


def post_summary(summary: RunSummary, config: NotifyConfig) -> bool:
    """POST the totals of a run as JSON; returns whether they were taken. Never raises.

    The address may hold a token: it is not logged.
    """
    request = urllib.request.Request(
        config.webhook,
        data=totals_json(summary),
        headers={"Content-Type": "application/json", "User-Agent": "callcoach"},
        method="POST",
    )
    opener = urllib.request.build_opener(_NoRedirects)
    try:
        with opener.open(request, timeout=config.webhook_timeout_s) as answer:
            log.info("the webhook answered %d", answer.status)
            return True
    except urllib.error.HTTPError as error:
        log.error("the webhook answered %d", error.code)
    except (OSError, ValueError, HTTPException) as error:
        log.error("the webhook could not be reached: %s", error)
    return False
