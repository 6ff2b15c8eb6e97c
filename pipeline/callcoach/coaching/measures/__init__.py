"""Named measures of a call, each with the moments that speak for it."""

from callcoach.coaching.measures.catalogue import MEASURES, measured
from callcoach.coaching.measures.measure import CallMeasures, Measure

__all__ = ["MEASURES", "CallMeasures", "Measure", "measured"]
