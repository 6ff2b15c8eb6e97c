"""Settings of runs that nobody watches: what is left alone, logged, told and kept."""

from __future__ import annotations

from typing import Literal

from callcoach.config.section import Section, setting


class ArrivalsConfig(Section):
    """Recordings and manifests that are still on their way."""

    stable_s: float = setting(
        2.0,
        "A recording is taken once its size and time have not changed for this long; a run waits "
        "this long, once, for those that changed later.",
        unit="s",
        source="a copy on one machine writes many times a second; recorders that send calls over "
        "a line need more, 60 s and up",
        ge=0,
    )
    wait_h: float = setting(
        24.0,
        "How long a row of the manifest waits for its recording before the call counts as failed, "
        "and a recording for its row.",
        unit="h",
        source="the next night's delivery has come by then",
        ge=0,
    )
    unlisted: Literal["leave", "analyse"] = setting(
        "leave",
        "What becomes of recordings that lie in the folder but not in the manifest given with "
        "--calls: they are left alone and told in the summary, or analysed without what a "
        "manifest says, once they have waited wait_h.",
    )
    roots: tuple[str, ...] = setting(
        (),
        "More folders (whole paths) in which recordings may lie. A path or link that leads out of "
        "SOURCE and out of these is refused.",
    )


class LogConfig(Section):
    """The logs of runs; they name calls by their ids and hold nothing that was said."""

    hash_ids: bool = setting(
        False,
        "Write a hash in place of each call's id in logs, summaries and mails, where the ids "
        "themselves tell who called.",
    )
    max_mb: float = setting(
        10.0, "Size at which a log is put aside and a new one begun.", unit="MB", gt=0
    )
    keep: int = setting(5, "Logs put aside that are kept.", unit="files", ge=0)


class NotifyConfig(Section):
    """Who is told that a run has ended. Nothing is told by default."""

    metrics_file: str = setting(
        "",
        "File for Prometheus' node exporter (textfile collector), written at the end of a run. "
        "Empty: none.",
    )
    webhook: str = setting(
        "",
        "Address (http or https) that gets the summary as JSON: counts, times and kinds of "
        "failures, no call. Empty: none.",
    )
    webhook_timeout_s: float = setting(
        10.0, "Longest wait for the webhook's answer. A failure is logged only.", unit="s", gt=0
    )
    mail_from: str = setting("", "Sender of the mail that is written to summary.eml.")
    mail_to: str = setting(
        "",
        "Recipients of that mail, separated by commas. Empty: no mail is written. Nothing is sent: "
        "give the file to sendmail.",
    )


class RetentionConfig(Section):
    """What is remembered of calls that were purged."""

    leave_purged: bool = setting(
        True,
        "Leave a purged call's recording alone when it is still in the source. It is known by a "
        "salted hash.",
    )
