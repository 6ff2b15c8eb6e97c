"""What a call's page plays: a copy, a link to the recording, or nothing.

A copy is written before the analysis that names it, and taken away before one that does not.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from callcoach.audio.copy import MIME, compact_copy
from callcoach.config.audio import AudioConfig
from callcoach.config.reports import ReportsConfig
from callcoach.errors import CallCoachError, StoreError
from callcoach.model.analysis import CallAnalysis
from callcoach.model.playback import Playback, PlaybackKind
from callcoach.model.recording import Recording
from callcoach.privacy.silencing import silent_stretches
from callcoach.storage.output_folder import COPY_NAME, write_file

_MIMES = {
    ".wav": "audio/wav",
    ".wave": "audio/wav",
    ".flac": "audio/flac",
    ".ogg": "audio/ogg",
    ".oga": "audio/ogg",
    ".opus": "audio/ogg",
    ".mp3": "audio/mpeg",
    ".m4a": MIME,
    ".mp4": MIME,
    ".aac": "audio/aac",
    ".webm": "audio/webm",
}


def with_playback(
    analysis: CallAnalysis,
    recording: Recording | None,
    folder: Path,
    config: ReportsConfig,
    audio: AudioConfig,
) -> tuple[CallAnalysis, str | None]:
    """Make what the page of a call plays.

    Parameters
    ----------
    analysis
        The call; what is private in it is silent in the copy.
    recording
        The recording; ``None`` where it is not needed, for ``none``.
    folder
        The call's folder.
    config
        Which of the three, and how.
    audio
        How headerless recordings are coded.

    Returns
    -------
    CallAnalysis
        With ``playback`` as it now is: ``None`` too where the recording cannot be encoded.
    str or None
        Why there is no copy, or no link, although there should be.

    Raises
    ------
    StoreError
        If the copy cannot be written.
    """
    playback, error = None, None
    if config.audio == "link" and recording is not None:
        if recording.second is None:
            playback = link_to(recording.path, folder)
        else:
            error = (
                f"a page cannot play {recording.source_name} as one recording: there is no sound "
                'on it; with audio = "copy" under [reports] there is'
            )
    if config.audio == "copy" and recording is not None:
        try:
            silent = silent_stretches(analysis, config.silence_margin_s)
            data = compact_copy(recording, silent, config, audio)
            write_file(folder / COPY_NAME, data)
            playback = Playback(PlaybackKind.COPY, COPY_NAME, MIME)
        except StoreError:
            raise
        except CallCoachError as reason:
            error = str(reason)
        except Exception as reason:  # a defect of ours must not cost the call
            error = f"unexpected {type(reason).__name__} while copying its sound: {reason}"
    if playback is None or playback.kind is not PlaybackKind.COPY:
        drop_copy(folder)
    return replace(analysis, playback=playback), error


def link_to(path: Path, folder: Path) -> Playback:
    """A link from a call's folder to the recording where it lies."""
    # Not resolved: a browser goes up in the path that it was given, whatever is a link in it.
    relative = os.path.relpath(path.absolute(), folder.absolute())
    mime = _MIMES.get(path.suffix.lower(), "application/octet-stream")
    return Playback(PlaybackKind.LINK, quote(os.fsencode(relative)), mime)


def drop_copy(folder: Path) -> None:
    """Take the copy away, if there is one.

    Raises
    ------
    StoreError
        If it cannot be removed.
    """
    copy = folder / COPY_NAME
    try:
        copy.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(
            f"cannot remove {copy}: {error.strerror or error}; check its permissions, then run "
            "again"
        ) from error
