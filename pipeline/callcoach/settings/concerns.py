"""Settings of what customers voice."""

from __future__ import annotations

from callcoach.settings.section import Section, setting

_JUDGED = "our judgement, checked on the sample calls"


class ConcernsConfig(Section):
    """Concerns: how much each kind weighs, and how sure a match is."""

    problem_weight: float = setting(
        0.30, "What a problem adds to the strength of a concern.", gt=0, lt=1, source=_JUDGED
    )
    feeling_weight: float = setting(0.40, "The same for a feeling.", gt=0, lt=1, source=_JUDGED)
    waiting_weight: float = setting(0.35, "The same for waiting.", gt=0, lt=1, source=_JUDGED)
    demand_weight: float = setting(0.32, "The same for a demand.", gt=0, lt=1, source=_JUDGED)
    repeat_contact_weight: float = setting(
        0.38, "The same for having called before.", gt=0, lt=1, source=_JUDGED
    )
    manager_request_weight: float = setting(
        0.55, "The same for asking for a manager.", gt=0, lt=1, source=_JUDGED
    )
    threat_weight: float = setting(0.60, "The same for a threat.", gt=0, lt=1, source=_JUDGED)
    harsh_weight: float = setting(0.50, "The same for harsh words.", gt=0, lt=1, source=_JUDGED)
    tension_weight: float = setting(
        0.30,
        "What the highest tension of the voice adds to the strength.",
        ge=0,
        lt=1,
        source=_JUDGED,
    )
    words_confidence: float = setting(
        0.85,
        "Confidence of one line of words.",
        unit="share",
        gt=0,
        le=1,
        source="right in 82 of 100 concerns and 89 of 100 responses of the labelled turns 'check'",
    )
    form_confidence: float = setting(
        0.60,
        "Confidence of what only the form of the clause tells.",
        unit="share",
        gt=0,
        le=1,
        source=_JUDGED,
    )
    meaning_confidence: float = setting(
        0.65,
        "Confidence of one match by meaning, where the cosine is 1; it falls with the cosine.",
        unit="share",
        gt=0,
        le=1,
        source=_JUDGED,
    )
    sure_certainty: float = setting(
        0.80,
        "Below this mean word probability the confidence falls in proportion.",
        unit="share",
        gt=0,
        le=1,
        source=_JUDGED,
    )
