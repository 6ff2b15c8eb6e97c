"""The codes of moments: which measure tells them, and in which chapter of the guide.

A code stands between the measures, which find a moment, and the guide, which has the words for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from callcoach.model.coaching import Verdict


@dataclass(frozen=True)
class Code:
    """A kind of moment. ``measure`` finds it, or is the first of those that do.

    ``chapter`` is where the shipped scorecard counts the measure, empty for one that only
    situations count.
    """

    name: str
    chapter: str
    measure: str
    verdict: Verdict


_WELL, _WORK = Verdict.STRENGTH, Verdict.OPPORTUNITY

_ALL = (
    Code("validated", "validate", "validated_share", _WELL),
    Code("not_validated", "validate", "validated_share", _WORK),
    Code("validated_first", "validate", "validated_first_share", _WELL),
    Code("solved_first", "validate", "validated_first_share", _WORK),
    Code("dismissed", "validate", "dismissals", _WORK),
    Code("cut_in", "attend", "interruptions_per_10_min", _WORK),
    Code("cut_concern", "attend", "concern_cut_share", _WORK),
    Code("let_finish", "attend", "concern_cut_share", _WELL),
    Code("asked_again", "attend", "repeated_questions", _WORK),
    Code("silent_wait", "attend", "silent_wait_s", _WORK),
    Code("listener_sounds", "attend", "backchannels_per_min", _WELL),
    Code("gave_back", "clarify", "paraphrases", _WELL),
    Code("gave_back_wrong", "clarify", "paraphrases", _WORK),
    Code("explored", "clarify", "explored_share", _WELL),
    Code("steady_voice", "gentle_voice", "calmness", _WELL),
    Code("raised", "gentle_voice", "departed_share", _WORK),
    Code("hurried", "gentle_voice", "departed_share", _WORK),
    Code("flat", "gentle_voice", "flat_share", _WORK),
    Code("met_moment", "responses", "fitting_share", _WELL),
    Code("missed_moment", "responses", "fitting_share", _WORK),
    Code("blamed", "respect", "blames", _WORK),
    Code("defended", "respect", "defences", _WORK),
    Code("courteous", "respect", "courtesy_share", _WELL),
    Code("tailored", "empathy", "tailored_share", _WELL),
    Code("stock_line", "empathy", "tailored_share", _WORK),
    Code("said_before", "empathy", "canned_lines", _WORK),
    Code("solved", "solutions", "solved_share", _WELL),
    Code("owned", "solutions", "solved_share", _WELL),
    Code("left_open", "solutions", "solved_share", _WORK),
    Code("offered_options", "solutions", "options_offered", _WELL),
    Code("over_promised", "solutions", "over_promises", _WORK),
    Code("limit_with_way", "solutions", "limit_with_way_share", _WELL),
    Code("bare_limit", "solutions", "limit_with_way_share", _WORK),
    Code("voice_rose", "composure", "level_after_tense_db", _WORK),
    Code("voice_held", "composure", "level_after_tense_db", _WELL),
    Code("countered", "composure", "counter_share", _WORK),
    Code("stayed_with_it", "composure", "counter_share", _WELL),
    Code("came_back", "composure", "returned_share", _WELL),
    Code("escalated", "escalate", "escalation_offered_share", _WELL),
    Code("not_escalated", "escalate", "escalation_offered_share", _WORK),
    Code("closing_anything_else", "follow_up", "closing_anything_else", _WELL),
    Code("closing_next_step", "follow_up", "closing_next_step", _WELL),
    Code("closing_thanks", "follow_up", "closing_thanks", _WELL),
    Code("closing_feedback", "follow_up", "closing_feedback", _WELL),
    Code("closing_privacy", "follow_up", "closing_privacy", _WELL),
    Code("missing_next_step", "follow_up", "closing_next_step", _WORK),
    Code("missing_anything_else", "follow_up", "closing_anything_else", _WORK),
    Code("calmed", "", "tension_fall", _WELL),
    Code("mistake_owned", "", "mistake_owned", _WELL),
    Code("prevention_told", "", "prevention_told", _WELL),
)

CODES: Mapping[str, Code] = {code.name: code for code in _ALL}
"""Every kind of moment by its code."""
