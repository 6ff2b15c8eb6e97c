"""Settings of the measures that practices are scored by."""

from __future__ import annotations

from typing import Any

from callcoach.config.section import Section, setting

_JUDGED = "our judgement, checked on the sample calls"


def _share(default: float, text: str) -> Any:
    return setting(default, text, unit="share", source=_JUDGED, ge=0, le=1)


def _left(default: float, what: str) -> Any:
    return _share(default, f"What is left of the trust in a recording {what}.")


class MeasuresConfig(Section):
    """What counts for the measures, and how far a recording is trusted."""

    # ------------------------------------------------------------------ trust and confidence
    trust_no_speech: float = _left(0.0, "without speech")
    trust_dead_channel: float = _left(0.0, "where a channel is silent from start to end")
    trust_roles_contradicted: float = _left(
        0.1, "where what is said tells that agent and customer are swapped"
    )
    trust_answering_machine: float = _left(0.1, "where an answering machine took the call")
    trust_more_voices: float = _left(0.5, "with more than two voices in one channel")
    trust_several_voices: float = _left(0.5, "where two people speak on one side after another")
    trust_sides_alike: float = _left(0.5, "where both channels seem to hold the same people")
    trust_language_unsure: float = _left(0.6, "where it is not sure which language is spoken")
    trust_voices_alike: float = _left(0.6, "with voices in one channel that sound much alike")
    trust_noisy: float = _left(0.7, "with a noisy line")
    trust_mono_diarised: float = _left(0.8, "with both people in one channel, told apart")
    trust_words_missing: float = _left(0.6, "where speech of somebody has no words")
    trust_crosstalk: float = _left(0.85, "where the two sides leak into each other")
    trust_redaction_language: float = _left(
        1.0, "where private words may be left: that changes no measure"
    )
    trust_other: float = _left(0.9, "with any other warning")
    unheard_confidence: float = _share(
        0.7, "How sure it is that something was not said where it was not heard."
    )
    own_call_confidence: float = _share(
        0.8,
        "How sure it is that a voice left its usual band where what is usual comes from the same "
        "call.",
    )
    line_confidence: float = _share(
        0.7, "What is told by a line of the phrase book or by its form is at least this sure."
    )
    check_words: tuple[str, ...] = setting(
        ("right", "correct", "understand", "understood", "get that", "have it"),
        "A question with one of these asks whether what was given back is right; a 'no' to "
        "another question corrects nothing.",
    )
    least_confidence: float = _share(
        0.4,
        "A reproach or an over-promise told by its meaning alone counts where its turn is at "
        "least this sure.",
    )
    quote_words: int = setting(30, "A quote ends after this many words.", unit="words", ge=1)

    # ------------------------------------------------------------------ answers
    felt_min_strength: float = _share(
        0.6, "A concern at least this strong is felt, whatever its kind."
    )
    partly: float = _share(
        0.5, "What an apology or 'I see' counts where understanding was called for."
    )
    late: float = _share(
        0.7, "What understanding counts that comes with the second turn after the concern only."
    )
    put_off: float = _share(
        0.5, "What is left of an answer's credit where a part of it puts the customer off."
    )
    help_turns: int = setting(
        4,
        "Help comes within this many agent turns after the concern: understanding and questions "
        "may come first.",
        unit="turns",
        source=_JUDGED,
        ge=1,
    )
    stock: float = _share(
        0.4, "What a validation counts that speaks of nothing of this customer's."
    )
    thanks_for_wait: tuple[str, ...] = setting(
        (
            "your patience",
            "being patient",
            "thank you for waiting",
            "thanks for waiting",
            "thank you for holding",
            "thanks for holding",
            "thank you for bearing",
            "thanks for bearing",
            "sorry for the wait",
            "sorry about the wait",
            "kept you waiting",
            "keep you waiting",
            "keeping you waiting",
            "too long to wait",
            "long wait",
        ),
        "Words that honour a wait.",
        source="a list to extend",
    )

    # ------------------------------------------------------------------ room to speak
    min_customer_s: float = setting(
        10.0, "Less speech of the customer gives no rate.", unit="s", source=_JUDGED, gt=0
    )
    let_finish_s: float = setting(
        6.0,
        "A concern at least this long that was left to end shows attention.",
        unit="s",
        source=_JUDGED,
        gt=0,
    )
    routine_question_words: tuple[str, ...] = setting(
        (
            "anything else",
            "how can i help",
            "how may i help",
            "what can i do for you",
            "account number",
            "order number",
            "reference number",
            "customer number",
            "phone number",
            "your number",
            "your name",
            "full name",
            "first name",
            "last name",
            "surname",
            "email address",
            "your address",
            "postcode",
            "post code",
            "zip code",
            "date of birth",
            "spell",
            "how are you",
        ),
        "Questions that belong to every call and say nothing about exploring the matter.",
        source="a list to extend",
    )

    # ------------------------------------------------------------------ conduct
    courtesy_phrases: tuple[str, ...] = setting(
        (
            "please",
            "thank you",
            "thanks",
            "may i",
            "could i",
            "could you",
            "would you",
            "would you like",
            "would it be",
            "you are welcome",
            "my pleasure",
            "i appreciate",
            "happy to",
            "glad to",
            "with pleasure",
            "of course",
            "certainly",
            "excuse me",
            "i apologize",
            "sorry",
            "good morning",
            "good afternoon",
            "good evening",
            "have a good",
            "have a nice",
            "have a great",
            "have a lovely",
            "have a warm",
            "take care",
        ),
        "Polite words, with short forms in full and American spelling.",
        source="a list to extend",
    )
    courtesy_unless: tuple[str, ...] = setting(
        ("excuse me but", "sorry but", "with all due respect", "thank you but"),
        "Polite words that begin a refusal to listen count for nothing.",
        source="a list to extend",
    )
    escalate_harsh_strength: float = _share(
        0.8, "Harsh words at least this strong are a reason to offer a supervisor."
    )
    escalation_turns: int = setting(
        4,
        "An offer to escalate answers a reason for it within this many agent turns.",
        unit="turns",
        source=_JUDGED,
        ge=1,
    )
    return_turns: int = setting(
        2,
        "The agent is back at the matter when one of this many next turns is about it.",
        unit="turns",
        source="as responses.agent_turns",
        ge=1,
    )

    # ------------------------------------------------------------------ outcome
    tension_peak: float = setting(
        0.5,
        "A fall of tension is looked at from this peak up.",
        unit="share",
        source="as tension.tense",
        ge=0,
        le=1,
    )
    calmed_fall: float = _share(0.3, "A fall by this much is named.")
    step_said: float = _share(0.6, "What a next step counts; who does it and until when add more.")
    step_owner: float = _share(0.2, "What it adds to say who does it.")
    step_time: float = _share(0.2, "What it adds to say until when.")
    mistake_phrases: tuple[str, ...] = setting(
        (
            "our mistake",
            "my mistake",
            "our fault",
            "my fault",
            "our error",
            "my error",
            "mistake on our side",
            "mistake on our end",
            "mistake on our part",
            "error on our side",
            "error on our end",
            "error on our part",
            "should not have happened",
            "should never have happened",
            "should have told you",
            "should have called you",
            "we got this wrong",
            "we got that wrong",
            "we got it wrong",
            "we let you down",
            "we failed",
            "that is on us",
            "this is on us",
        ),
        "Words that own a mistake, with short forms in full.",
        source="a list to extend",
    )
    mistake_unless: tuple[str, ...] = setting(
        ("not my fault", "not our fault", "not my mistake", "not our mistake", "not our error"),
        "Words that push a mistake away.",
    )
    prevention_phrases: tuple[str, ...] = setting(
        (
            "not happen again",
            "never happen again",
            "does not happen to",
            "not come back",
            "from happening",
            "happen to anyone else",
            "happen to anybody else",
            "happens again",
            "to prevent",
            "prevents",
            "from now on",
            "in the future",
            "so that next time",
            "so next time",
            "added a check",
            "put a check",
            "put a note on",
            "put a lock on",
            "blocked the second",
            "keeps it from",
            "keep it from",
        ),
        "Words that say how it is kept from happening again.",
        source="a list to extend",
    )

    def trust_of(self, code: str) -> float:
        """What a warning leaves of the trust, 0..1."""
        left: float = getattr(self, f"trust_{code}", self.trust_other)
        return left
