"""The measures behind a score in plain words: names, values with units, and what would be good."""

from __future__ import annotations

from callcoach.findings import ItemScore
from callcoach.reports import wording
from callcoach.reports.wording import NBSP

_NAMES = {
    "validated_share": "Concerns that met understanding",
    "validated_first_share": "Understanding before the solution",
    "dismissals": "Lines that may play it down",
    "interruptions_per_10_min": "Cut in and took over",
    "concern_cut_share": "Concerns that were cut into",
    "uncut_share": "Long turns of the customer left uncut",
    "repeated_questions": "Questions asked again",
    "silent_wait_s": "Silence that nobody announced",
    "backchannels_per_min": "Sounds of listening",
    "paraphrases": "Said back in other words",
    "paraphrased_share": "Concerns that were said back",
    "explored_share": "Concerns that were asked about",
    "open_question_share": "Questions that leave room to tell",
    "calmness": "Calmness of the delivery",
    "departed_share": "Speech outside the usual voice",
    "louder_than_opening_db": "Louder than in the opening",
    "higher_than_opening_st": "Higher than in the opening",
    "pitch_spread_st": "Melody of the voice",
    "flat_share": "Speech with little melody",
    "fitting_share": "Answers that fitted the moment",
    "blames": "Lines that may sound like blame",
    "defences": "Lines that may sound defensive",
    "courtesy_share": "Turns with a polite word",
    "tailored_share": "Understanding that fitted this customer",
    "canned_lines": "The same line again",
    "solved_share": "Problems that got a step",
    "options_offered": "Choices offered",
    "over_promises": "Promises that may be hard to keep",
    "limit_with_way_share": "Limits with a way forward",
    "level_after_tense_db": "Louder after tense turns",
    "rate_after_tense_pct": "Faster after tense turns",
    "pitch_after_tense_st": "Higher after tense turns",
    "counter_share": "Harsh turns that got a counter",
    "returned_share": "Hard turns that led back to the matter",
    "escalation_offered_share": "Moments with an offer to bring somebody in",
    "escalation_delay_turns": "Turns until that offer",
    "closing_anything_else": "Asked for anything else",
    "closing_next_step": "Said what happens next, who and when",
    "closing_thanks": "Thanked the customer",
    "closing_feedback": "Asked for feedback",
    "closing_privacy": "Spoke of recording or data",
    "tension_fall": "Fall of the customer's tension",
    "mistake_owned": "Took responsibility for the mistake",
    "prevention_told": "Said how it will not happen again",
}
_YES_NO = frozenset(
    name for name in _NAMES if name.startswith("closing_")
) | {"mistake_owned", "prevention_told"}  # fmt: skip
_UNITS = {"s": "s", "dB": "dB", "%": "%", "st": "semitones"}


def measure_title(measure: str) -> str:
    """A measure's short name."""
    return _NAMES.get(measure) or wording.measure_name(measure)


def measure_meaning(measure: str) -> str:
    """What a measure is, in a sentence; empty for one that is not known."""
    from callcoach.coaching.measures import MEASURES

    known = MEASURES.get(measure)
    return "" if known is None else known.text


def value_text(measure: str, unit: str, value: float) -> str:
    """A measure's value with its unit, such as ``80 %``, ``2 times`` or ``1.4 in 10 minutes``."""
    if measure in _YES_NO:
        if value in (0.0, 1.0):
            return "yes" if value else "no"
        return f"in part ({wording.number(value, 1)} of 1)"
    if unit == "share":
        return wording.percent(value)
    if unit == "count":
        whole = round(value)
        return "none" if whole == 0 else wording.count(whole, "time", "times")
    if unit == "turns":
        return wording.count(round(value), "turn", "turns")
    if unit == "points":
        return f"{wording.number(value, 0)} of 100"
    if unit == "0..1":
        return f"{wording.number(value, 2)} of 1"
    if unit.startswith("per "):
        minutes = unit.removeprefix("per ").removesuffix("min").strip()
        often = f"in {minutes} minutes" if minutes else "a minute"
        return f"{_short(value)} {often}"
    return f"{_short(value)}{NBSP}{_UNITS.get(unit, wording.clean(unit))}".rstrip()


def good_text(item: ItemScore) -> str:
    """What gives all points, such as ``80 % or more``."""
    return _limit(item, item.good, "or more" if item.good > item.poor else "or less")


def poor_text(item: ItemScore) -> str:
    """What gives no points, such as ``2 times or more``."""
    return _limit(item, item.poor, "or less" if item.good > item.poor else "or more")


def _limit(item: ItemScore, value: float, beyond: str) -> str:
    """A limit, without "or more" or "or less" where nothing lies beyond it."""
    text = value_text(item.measure, item.unit, value)
    top = {"share": 1.0, "0..1": 1.0, "points": 100.0}.get(item.unit)
    ends = item.measure in _YES_NO or (beyond == "or less" and value == 0.0)
    return text if ends or (beyond == "or more" and value == top) else f"{text} {beyond}"


def _short(value: float) -> str:
    """A number with one decimal, with none where it is whole."""
    return wording.number(value, 0 if round(value, 1) == round(value) else 1)
