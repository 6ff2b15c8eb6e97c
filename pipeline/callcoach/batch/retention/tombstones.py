"""What is remembered of purged calls, so that a recording that is still there does not come back.

Nothing but salted hashes: of the recording's content, and of the call's id for where its content is
not known. Without the folder's secret (``.salt``) they say nothing, and the recording or the id is
needed to recognise one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from callcoach.errors import StoreError
from callcoach.storage.output_folder import write_file
from callcoach.storage.pseudonyms import folder_salt, salted

FILE = "tombstones.json"

_GONE = ""


@dataclass(frozen=True)
class Tombstone:
    """A purged call: hashes of its content and of its id.

    With a content alone every recording of that content is meant, with both only the call of that
    id (another one with the same recording was kept), with an id alone every recording that comes
    under it. With an id and an empty content the call is meant as long as there is no recording.
    """

    content: str | None
    call: str | None


class Tombstones:
    """The purged calls of an output folder.

    Raises
    ------
    StoreError
        If the file is there but cannot be read.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known = _read(root / FILE)
        self._salt = folder_salt(root) if self._known else b""

    def __bool__(self) -> bool:
        return bool(self._known)

    def covers(self, call_id: str, content: str | None) -> bool:
        """Whether a recording was purged.

        Parameters
        ----------
        call_id
            The id it would get.
        content
            SHA-256 of its bytes, ``None`` where it is gone or cannot be read.
        """
        if not self._known:
            return False
        call = salted(self._salt, call_id)
        if Tombstone(None, call) in self._known:
            return True
        if content is None:
            return Tombstone(_GONE, call) in self._known
        digest = salted(self._salt, content)
        return bool({Tombstone(digest, None), Tombstone(digest, call)} & self._known)

    def add(self, calls: Iterable[tuple[str, str | None, bool]]) -> None:
        """Remember purged calls: id, SHA-256 of the content, and whether a kept call shares it.

        Raises
        ------
        StoreError
            If the file cannot be written.
        """
        self._salt = folder_salt(self._root)
        for call_id, content, shared in calls:
            call = salted(self._salt, call_id)
            if content is None:
                self._known.add(Tombstone(None, call))
            else:
                digest = salted(self._salt, content)
                self._known |= {Tombstone(digest, call if shared else None), Tombstone(_GONE, call)}
        rows = _rows(self._known)
        write_file(self._root / FILE, (json.dumps(rows, indent=0) + "\n").encode())


def _rows(known: Iterable[Tombstone]) -> list[list[str | None]]:
    pairs = [[one.content, one.call] for one in known]
    return sorted(pairs, key=lambda pair: (pair[0] or "", pair[1] or ""))


def _read(path: Path) -> set[Tombstone]:
    try:
        return {Tombstone(content, call) for content, call in json.loads(path.read_bytes())}
    except FileNotFoundError:
        return set()
    except (OSError, ValueError, TypeError) as error:
        raise StoreError(
            f"cannot read {path}, which tells the purged calls; bring it back from a backup, or "
            "remove it: purged recordings that are still in the source are analysed again then"
        ) from error
