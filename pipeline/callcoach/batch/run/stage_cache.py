"""The stages of a call in a worker: how long each took, and what is kept of them in the folder.

A stage is kept in one file for each call, with a key: the hash of everything that went into it
(the recording, its settings, the results of the stages before it), of the models and of the code.
Another key replaces the file, so that the cache grows with the calls and not with the runs.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import to_json

from callcoach.errors import StoreError
from callcoach.storage.ledger import StageTime
from callcoach.storage.output_folder import write_file

T = TypeVar("T")


class KeptStages:
    """Carries the stages of a call out; see :class:`callcoach.analysis.stages.Stages`.

    Parameters
    ----------
    folder
        Where the call's stages are kept.
    code
        Stands for the version of callcoach and of the packages that decide a result.
    scope
        Which stages are kept: none, those without words, or all.
    told
        Called at the start of each stage with its name.
    """

    def __init__(
        self,
        folder: Path,
        code: str,
        scope: Literal["off", "sound", "words"],
        told: Callable[[str], None],
    ) -> None:
        self._folder, self._code, self._scope, self._told = folder, code, scope, told
        self.times: list[StageTime] = []

    def run(self, name: str, make: Callable[[], T]) -> T:
        """See :class:`callcoach.analysis.stages.Stages`."""
        self._told(name)
        started = time.monotonic()
        value = make()
        self.times.append(StageTime(name, time.monotonic() - started))
        return value

    def cached(
        self,
        name: str,
        result_type: type[T],
        compute: Callable[[], T],
        *,
        inputs: tuple[object, ...],
        contains_text: bool = False,
    ) -> T:
        """See :class:`callcoach.analysis.stages.Stages`."""
        path = self._folder / f"{name}.json"
        if self._scope == "off" or (contains_text and self._scope != "words"):
            path.unlink(missing_ok=True)  # kept by an earlier run that was allowed to
            return self.run(name, compute)
        started = time.monotonic()
        key = _key(self._code, inputs)
        found: T | None = _read(path, key, result_type)
        if found is not None:
            self.times.append(StageTime(name, time.monotonic() - started, cached=True))
            return found
        value = self.run(name, compute)
        _write(path, key, result_type, value)
        return value


@cache
def _adapter(form: Any) -> TypeAdapter[Any]:
    return TypeAdapter(form)


def _key(code: str, inputs: tuple[object, ...]) -> str:
    plain = [
        item.model_dump(mode="json") if isinstance(item, BaseModel) else item for item in inputs
    ]
    return hashlib.sha256(code.encode() + b"\n" + to_json(plain)).hexdigest()


def _read(path: Path, key: str, form: Any) -> Any:
    """What is kept under this key, ``None`` where there is nothing that can be read."""
    try:
        head, _, body = path.read_bytes().partition(b"\n")
        if json.loads(head) != {"key": key}:
            return None
        return _adapter(form).validate_json(body)
    except (OSError, ValueError, ValidationError):
        return None


def _write(path: Path, key: str, form: Any, value: Any) -> None:
    """Keep a value, unless it would not come back as it is, or there is no room for it."""
    adapter = _adapter(form)
    body = adapter.dump_json(value, warnings="none")
    try:
        if adapter.validate_json(body) == value:
            write_file(path, json.dumps({"key": key}).encode() + b"\n" + body)
    except (StoreError, ValidationError):
        path.unlink(missing_ok=True)
