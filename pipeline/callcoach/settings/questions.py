"""Settings of the agent's questions."""

from __future__ import annotations

from callcoach.settings.section import Section, setting

_TUNED = "tuned on the sample calls and the development half of tests/labels"


class QuestionsConfig(Section):
    """Questions of the agent."""

    detail_words: tuple[str, ...] = setting(
        tuple(
            "name names surname number numbers address postcode zip code email e-mail mail birth "
            "birthday date dates phone mobile reference password pin spelling id".split()
        ),
        "What identifies somebody or something: 'what is your <word>' has one right answer and is "
        "closed; 'I need your <word>' asks for it without the form of a question.",
        source="written for callcoach",
    )
    tell_verbs: tuple[str, ...] = setting(
        tuple(
            "tell describe explain specify clarify give provide share confirm spell repeat say "
            "remind walk talk read show send".split()
        ),
        "'Can you <word> ...' asks for information. With other verbs of doing it asks for an "
        "action ('can you restart it') and is no question.",
        source=_TUNED,
    )
    able_verbs: tuple[str, ...] = setting(
        tuple(
            "see hear find remember recall think access reach afford manage hold wait be have get "
            "like prefer want need say accept stay receive live".split()
        ),
        "'Can you <word> ...' and 'would you <word> ...' ask for a yes or a no.",
        source=_TUNED,
    )
    content_words: int = setting(
        4,
        "The customer's last turns are taken together until they hold this many content words.",
        unit="words",
        ge=1,
        source="'yes, exactly' says nothing that a question could be about; " + _TUNED,
    )
    back_turns: int = setting(
        3, "Most turns of the customer that a question can be about.", unit="turns", ge=1
    )
    repeated_share: float = setting(
        0.85,
        "A question repeats an earlier one when it shares this part of its content words, and at "
        "least two, with it.",
        unit="share",
        gt=0,
        le=1,
        source=_TUNED,
    )
    repeated_cosine: float = setting(
        0.80,
        "So does one whose meaning is at least this near, with one content word in common.",
        gt=0,
        le=1,
        source=_TUNED,
    )
    quote_words: int = setting(
        30, "Longest quote of a question without punctuation.", unit="words", ge=5
    )
