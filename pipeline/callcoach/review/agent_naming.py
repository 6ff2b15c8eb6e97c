"""Naming the agent from the review app: worked out beside the requests, one call at a time."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from pathlib import Path

from callcoach.batch.monitor.observers import logged
from callcoach.batch.run.agent_naming import name_agent
from callcoach.config.config import Config
from callcoach.errors import BusyError, CallCoachError
from callcoach.storage.output_folder import Store

log = logging.getLogger("callcoach")

_BUSY = (
    "Calls are being worked on in this folder just now. Nothing was changed: try again when that "
    "is over."
)

_DEFECT = "Something went wrong that should not. Tell the person who started this app."


@dataclass(frozen=True)
class AgentNamingForm:
    """How far a call is: at work, or over, with why it failed (``None`` where it did not)."""

    at_work: bool
    error: str | None = None


class Namer:
    """Names agents in an output folder.

    Parameters
    ----------
    out
        The folder.
    config
        What logs are written by. A call is worked out with the settings that the folder keeps.
    """

    def __init__(self, out: Path, config: Config) -> None:
        self._out = out
        self._config = config
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._calls: dict[str, AgentNamingForm] = {}

    def start(self, call_id: str, agent: str) -> None:
        """Begin to work out a call with this agent, unless it is being worked out."""
        with self._lock:
            known = self._calls.get(call_id)
            if known is not None and known.at_work:
                return
            self._calls[call_id] = AgentNamingForm(at_work=True)
        # Not a daemon: an app that is stopped finishes what it has begun to write.
        threading.Thread(target=self._work, args=(call_id, agent)).start()

    def state(self, call_id: str) -> AgentNamingForm | None:
        """How far a call is, ``None`` where nobody asked; what is over is told once."""
        with self._lock:
            known = self._calls.get(call_id)
            if known is not None and not known.at_work:
                del self._calls[call_id]
            return known

    def _work(self, call_id: str, agent: str) -> None:
        error: str | None = None
        store = Store(self._out)
        try:
            with self._turn, store.locked(), store.closing(), logged(store, self._config):
                name_agent(store, call_id, agent)
        except BusyError:
            error = _BUSY
        except CallCoachError as fault:
            error = str(fault)
        except Exception as fault:  # a defect of ours must not leave the page waiting
            log.error("%s while naming the agent; please report this", type(fault).__name__)
            error = _DEFECT
        with self._lock:
            self._calls[call_id] = AgentNamingForm(at_work=False, error=error)
