"""A call that failed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FailedCall:
    """A call without a report.

    ``error`` says what happened and what to do, and names files; ``error_class`` names none.
    ``attempts`` is how often it was tried; a call in quarantine is not tried again.
    """

    call_id: str
    source_name: str
    error_class: str
    error: str
    attempts: int
    quarantined: bool = False
