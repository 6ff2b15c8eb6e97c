"""The time of day at which a run stops taking calls."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from callcoach.errors import SourceError

_TIME = re.compile(r"(\d{1,2}):(\d{2})")


def next_time(text: str, now: float) -> float:
    """When it is next ``HH:MM`` by this machine's clock.

    Parameters
    ----------
    text
        Local time of day, like ``06:00``.
    now
        Seconds since 1970.

    Returns
    -------
    float
        Seconds since 1970, later than ``now``. A time that the change to summer time leaves out is
        taken an hour later; of one that comes twice in the autumn, the first that is not over.

    Raises
    ------
    SourceError
        If it is no time of day.
    """
    found = _TIME.fullmatch(text.strip())
    hour, minute = (int(found[1]), int(found[2])) if found else (24, 0)
    if hour > 23 or minute > 59:
        raise SourceError(f"--until {text!r} is no time of day; write it like 06:00")
    today = datetime.fromtimestamp(now).replace(hour=hour, minute=minute, second=0, microsecond=0)
    candidates = []
    for day in range(3):
        for fold in (0, 1):
            local = (today + timedelta(days=day)).replace(fold=fold)
            at = local.timestamp()
            back = datetime.fromtimestamp(at)
            if fold == 0 or (back.hour, back.minute) == (hour, minute):
                candidates.append(at)
    return min(at for at in candidates if at > now)
