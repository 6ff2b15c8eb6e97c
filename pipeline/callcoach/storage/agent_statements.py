"""What a person said of who is who in a call, kept beside its analysis.

It lies in the call's folder, so that a purge of the call takes it away, and is read again whenever
the call is analysed anew.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from callcoach.errors import StoreError
from callcoach.model.agent_statement import AgentStatement
from callcoach.storage.output_folder import Store, write_file

FILE = "agent.json"
"""Name of the file in the call's folder."""

_TOLD = TypeAdapter(AgentStatement)


def told_path(store: Store, call_id: str) -> Path:
    """Where it lies for a call."""
    return store.call_folder(call_id) / FILE


def read_told(store: Store, call_id: str) -> AgentStatement | None:
    """What a person said, ``None`` where nobody said anything.

    Raises
    ------
    StoreError
        If it is there and cannot be read.
    """
    path = told_path(store, call_id)
    try:
        return _TOLD.validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise StoreError(
            f"cannot read {path}, where it stands who the agent is; remove it, and say it again "
            f"with `callcoach roles {store.root} {call_id}`"
        ) from error


def write_told(store: Store, call_id: str, told: AgentStatement) -> None:
    """Keep what a person said, in place of what was said before."""
    write_file(told_path(store, call_id), _TOLD.dump_json(told, indent=1) + b"\n")
