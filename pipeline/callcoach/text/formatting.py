"""Numbers, times and dates as people read them, and text made safe for a page."""

from __future__ import annotations

import re
from datetime import date, datetime

NBSP = "\u00a0"  # keeps a number and its unit on one line

MINUS = "\u2212"

_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()

_MONTHS = (
    "January February March April May June July August September October November December"
).split()

# Controls, the direction overrides that would turn the rest of a line around, and halves of
# characters that UTF-8 cannot hold. Plain direction marks stay: right-to-left text needs them.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

_MARKDOWN = re.compile(r"([\\`*_\[\]<>|~#@]|:(?=//)|(?<=www)\.)")


def clean(text: str) -> str:
    """Text on one line, without characters that break a page."""
    return " ".join(_UNSAFE.sub("", text).split())


def markdown(text: str) -> str:
    """Text that Markdown shows as it stands: no markup, no HTML, no links."""
    return _MARKDOWN.sub(r"\\\1", clean(text).replace("&", "&amp;"))


def number(value: float, digits: int) -> str:
    """A number with fixed decimals and a true minus sign; never ``-0``."""
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", MINUS)


def signed(value: float, digits: int) -> str:
    """A difference with its sign, ``+1.2`` or ``−1.2``; 0 has none.

    >>> signed(1.24, 1), signed(-1.2, 1), signed(0.04, 1)
    ('+1.2', '−1.2', '0.0')
    """
    text = number(value, digits)
    return f"+{text}" if round(value, digits) > 0 else text


def seconds(value_s: float) -> str:
    """A short time such as ``3.2 s``."""
    return f"{number(value_s, 1)}{NBSP}s"


def percent(share: float) -> str:
    """A share (0..1) such as ``42 %``."""
    return f"{number(100 * share, 0)}{NBSP}%"


def count(many: int, one: str, more: str) -> str:
    """``1 turn``, ``2 turns``."""
    return f"{many}{NBSP}{one if many == 1 else more}"


def clock(at_s: float) -> str:
    """A place in the call: ``m:ss``, from one hour on ``h:mm:ss``.

    >>> clock(75.9), clock(3675.0)
    ('1:15', '1:01:15')
    """
    minutes, second = divmod(int(at_s), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"


def length(value_s: float) -> str:
    """A long time such as ``4 min 32 s`` or ``1 h 5 min``.

    >>> length(272.0).replace(NBSP, " "), length(3900.0).replace(NBSP, " ")
    ('4 min 32 s', '1 h 5 min')
    """
    if round(value_s, 1) < 60:
        return seconds(value_s)
    minutes, second = divmod(round(value_s), 60)
    hours, minute = divmod(minutes, 60)
    if hours:
        return f"{hours}{NBSP}h {minute}{NBSP}min"
    return f"{minute}{NBSP}min {second}{NBSP}s"


def moment(started_at: str | None) -> datetime | date | None:
    """The start of a call as date (with time), ``None`` where it is no ISO 8601 text."""
    try:
        if started_at and len(started_at.strip()) <= len("2025-03-04"):
            return date.fromisoformat(started_at.strip())
        return datetime.fromisoformat((started_at or "").strip())
    except ValueError:
        return None


def readable_date(started_at: str | None) -> str:
    """``Tuesday 4 March 2025, 14:05``; a text that is no ISO 8601 date stays as it is.

    >>> readable_date("2025-03-04T14:05:00")
    'Tuesday 4 March 2025, 14:05'
    """
    when = moment(started_at)
    if when is None:
        return clean(started_at or "") or "not given"
    day = f"{_DAYS[when.weekday()]} {when.day} {_MONTHS[when.month - 1]} {when.year}"
    if not isinstance(when, datetime):
        return day
    zone = f" ({when.tzname()})" if when.tzinfo else ""
    return f"{day}, {when:%H:%M}{zone}"


def short_date(started_at: str | None) -> str:
    """``4 Mar 2025, 14:05``, for tables."""
    when = moment(started_at)
    if when is None:
        return clean(started_at or "") or "not given"
    day = f"{when.day} {_MONTHS[when.month - 1][:3]} {when.year}"
    return f"{day}, {when:%H:%M}" if isinstance(when, datetime) else day


def safe_lines(text: str) -> str:
    """A text of several lines without characters that break a page."""
    return "\n".join(clean(line) for line in text.splitlines()).strip()
