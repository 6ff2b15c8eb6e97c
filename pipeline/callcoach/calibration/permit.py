"""What a calibration allows to be automatic, as a small file that a scorecard is read with.

The file is JSON, written by ``callcoach calibrate OUT HUMAN.csv --json FILE``::

    {"scorecard_sha256": "9a41...",
     "practices": {"validate": {"may_be_automatic": true, "kappa_low": 0.64, "calls": 112}}}

It holds for the scorecard whose scores were compared and for no other one: scores that are worked
out in another way need a calibration of their own. ``scorecard_sha256`` is the hash that stands in
the scored calls. It must not depend on which practices are set to automatic, else setting one
would make the calibration that allows it void.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from callcoach.calibration.result import Calibration

from callcoach.config.permit import Permit, Permits


def permits_of(calibration: Calibration, scorecard_sha256: str) -> Permits:
    """What a calibration allows; ``overall`` is no practice and is left out."""
    return Permits(
        scorecard_sha256,
        {
            one.practice: Permit(one.automatic.may, one.kappa.low, one.calls)
            for one in calibration.practices
            if one.automatic is not None
        },
    )
