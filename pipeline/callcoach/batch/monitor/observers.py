"""Everybody who listens to a run: the terminal, the logs, the summary and those who are told."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

from callcoach.batch.events import EventListener, Listeners
from callcoach.batch.monitor.logs import Names, RunLog
from callcoach.batch.monitor.notifications import check_notify, post_summary, write_metrics
from callcoach.batch.monitor.summary import RunSummary, SummaryMaker, write_summary
from callcoach.config.config import Config
from callcoach.errors import CallCoachError
from callcoach.storage.output_folder import Store

log = logging.getLogger("callcoach")


@contextlib.contextmanager
def observed(store: Store, config: Config, *others: EventListener) -> Iterator[Listeners]:
    """Write a run's logs, and its summary at the end; what the settings name is told of it.

    Parameters
    ----------
    store
        The output folder; the caller holds its lock.
    config
        Sections ``log`` and ``notify``.
    others
        Further listeners, such as the terminal.

    Raises
    ------
    ConfigError
        If somebody is to be told in a way that cannot work.
    StoreError
        If a log cannot be written.
    """
    check_notify(config.notify)
    names = Names(store.root, config.log)
    with RunLog(store.logs, names, config.log) as run_log:
        maker = SummaryMaker(names, lambda summary: _tell(store, config, summary))
        try:
            yield Listeners((run_log, maker, *others))
        except BaseException as error:
            maker.broke_off(error)
            raise


@contextlib.contextmanager
def logged(store: Store, config: Config) -> Iterator[None]:
    """Write what the package logs by itself into the folder's logs."""
    with RunLog(store.logs, Names(store.root, config.log), config.log):
        yield


def _tell(store: Store, config: Config, summary: RunSummary) -> None:
    """Each in turn: one that cannot be told costs the others nothing, and never the run."""
    notify = config.notify
    telling: list[Callable[[], object]] = [lambda: write_summary(store.root, summary, notify)]
    if notify.metrics_file:
        telling.append(lambda: write_metrics(summary, Path(notify.metrics_file)))
    if notify.webhook:
        telling.append(lambda: post_summary(summary, notify))
    for tell in telling:
        try:
            tell()
        except CallCoachError as error:
            log.error("%s", error)
