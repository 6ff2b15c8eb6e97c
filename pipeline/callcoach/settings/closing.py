"""Settings of the end of a call, and of the call in three lines."""

from __future__ import annotations

from callcoach.settings.section import Section, setting


class ClosingConfig(Section):
    """What belongs into the end of a call."""

    last_share: float = setting(
        0.2,
        "The end of a call is this last part of it, by time where that is known, else by words. "
        "A turn belongs to it when it ends there.",
        unit="share",
        source="the closing turns of the sample calls all end in it",
        gt=0,
        le=1,
    )
    min_turns: int = setting(
        2,
        "The agent's last turns, this many, belong to the end in any case: in a call of a few "
        "turns the last part may hold the goodbye alone.",
        unit="turns",
        ge=1,
    )
    follow_up_verbs: tuple[str, ...] = setting(
        tuple(
            "call ring phone email mail write text message contact reach send ship deliver post "
            "arrive come visit wait refund credit update inform notify let get back follow hear "
            "receive collect pick".split()
        ),
        "'I will <word> ...' is a next step also when no time is named. With other verbs ('I "
        "will check') it needs one.",
        source="written for callcoach; what service agents promise to do after a call",
    )
    vague_words: tuple[str, ...] = setting(
        (
            "at some point",
            "some time",
            "sometime",
            "some day",
            "one day",
            "eventually",
            "sooner or later",
            "maybe",
            "might",
            "hopefully",
            "in due course",
        ),
        "With one of these a promise is no next step: nobody knows when to expect it.",
        source="written for callcoach",
    )


class GistConfig(Section):
    """The call in three lines."""

    early_share: float = setting(
        0.4,
        "What the customer came with is looked for in this first part of the turns.",
        unit="share",
        source="callers state the reason of the call in their first turns",
        gt=0,
        le=1,
    )
    min_words: int = setting(4, "Shorter clauses are not quoted.", unit="words", ge=1)
    max_words: int = setting(
        28,
        "Longer quotes are cut to whole clauses.",
        unit="words",
        source="chosen: about two printed lines",
        ge=8,
    )


class ArcConfig(Section):
    """The customer's tension over the call."""

    min_turns: int = setting(
        3, "With tension in fewer turns of the customer there is no arc.", unit="turns", ge=2
    )
    least_fall: float = setting(
        0.1,
        "The agent turn after which the tension fell most is named when it fell at least so much.",
        gt=0,
        le=1,
        source="chosen, not tuned: there are no labelled calls for it",
    )
    quote_words: int = setting(
        28,
        "Longer quotes are cut to whole clauses.",
        unit="words",
        source="chosen: about two printed lines",
        ge=8,
    )
