"""The output folder's secret: ids are hashed with it, so that nobody can guess them."""

from __future__ import annotations

import hmac
import secrets
from pathlib import Path

from callcoach.errors import StoreError
from callcoach.storage.output_folder import write_file

_FILE = ".salt"

_BYTES = 32

_DIGITS = 24  # of a hash that is written: 96 bits, and still a word to read


def folder_salt(root: Path) -> bytes:
    """The secret of an output folder, made the first time it is asked for.

    Raises
    ------
    StoreError
        If it cannot be read or written.
    """
    path = root / _FILE
    try:
        found = bytes.fromhex(path.read_text(encoding="ascii"))
    except FileNotFoundError:
        found = secrets.token_bytes(_BYTES)
        write_file(path, found.hex().encode())
    except (OSError, ValueError) as error:
        raise StoreError(
            f"cannot read {path}, the secret by which ids are hashed; bring it back from a backup, "
            "or remove it: purged calls are then no longer known"
        ) from error
    return found


def salted(salt: bytes, text: str) -> str:
    """The hash of a text under a secret: 24 hexadecimal digits.

    >>> len(salted(b"secret", "a.wav")), salted(b"secret", "a.wav") == salted(b"other", "a.wav")
    (24, False)
    """
    return hmac.new(salt, text.encode("utf-8", "surrogateescape"), "sha256").hexdigest()[:_DIGITS]
