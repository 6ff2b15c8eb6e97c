"""What is found in the words of a call, said in plain words. Nothing here judges a person."""

from __future__ import annotations

from callcoach.model.language import (
    ClosingKind,
    ConcernKind,
    GistPart,
    ParaphraseKind,
    ResponseKind,
)

CONCERN_WORDS = {
    ConcernKind.PROBLEM: "a problem",
    ConcernKind.FEELING: "a feeling",
    ConcernKind.WAITING: "waiting",
    ConcernKind.DEMAND: "asks for a solution",
    ConcernKind.REPEAT_CONTACT: "had to come back about it",
    ConcernKind.MANAGER_REQUEST: "asks for a manager",
    ConcernKind.THREAT: "may leave or complain",
    ConcernKind.HARSH: "harsh words",
}

RESPONSE_WORDS = {
    ResponseKind.VALIDATE: "showed understanding",
    ResponseKind.EXPLORE: "asked to learn more",
    ResponseKind.PARAPHRASE: "said it back",
    ResponseKind.ACKNOWLEDGE: "took note of it",
    ResponseKind.APOLOGISE: "said sorry",
    ResponseKind.OWN: "took responsibility",
    ResponseKind.SOLVE: "gave a solution or a step",
    ResponseKind.OFFER_OPTIONS: "offered a choice",
    ResponseKind.STATE_LIMIT: "said what is not possible",
    ResponseKind.OFFER_ESCALATION: "offered a manager or a specialist",
    ResponseKind.PROMISE: "promised something",
    ResponseKind.OVER_PROMISE: "promised something that may be hard to keep",
    ResponseKind.DISMISS: "used words that may play it down",
    ResponseKind.BLAME: "used words that may put it on the customer",
    ResponseKind.DEFEND: "used words that may sound defensive",
    ResponseKind.IGNORE: "went on with something else",
}

PARAPHRASE_WORDS = {
    ParaphraseKind.RESTATE: "said back",
    ParaphraseKind.SUMMARISE: "summed up",
    ParaphraseKind.REFLECT_FEELING: "the feeling said back",
    ParaphraseKind.CONFIRM_DETAIL: "a detail read back",
}

CLOSING_WORDS = {
    ClosingKind.ANYTHING_ELSE: "Asked whether there is anything else",
    ClosingKind.NEXT_STEP: "Said what happens next",
    ClosingKind.THANKS: "Thanked the customer",
    ClosingKind.FEEDBACK: "Asked for feedback",
    ClosingKind.PRIVACY: "Spoke of recording or data protection",
}

GIST_WORDS = {
    GistPart.CONCERN: "What the customer came with",
    GistPart.OFFER: "What was offered or done",
    GistPart.NEXT_STEP: "What was agreed next",
}

GIST_MISSING = {
    GistPart.CONCERN: "What the customer came with was not heard clearly.",
    GistPart.OFFER: "No offer or solution was heard.",
    GistPart.NEXT_STEP: "No next step was heard.",
}

# Words for the reader; no measure depends on these limits (0..1).
SURE = 0.8

FAIRLY_SURE = 0.55

HIGH_TENSION = 0.6

SOME_TENSION = 0.3


def sureness(confidence: float) -> str:
    """How sure a finding (0..1) is: ``sure``, ``fairly sure`` or ``a guess``."""
    if confidence >= SURE:
        return "sure"
    return "fairly sure" if confidence >= FAIRLY_SURE else "a guess"


def tension_word(tension: float) -> str:
    """Tension (0..1) as ``high``, ``some`` or ``little``."""
    if tension >= HIGH_TENSION:
        return "high"
    return "some" if tension >= SOME_TENSION else "little"


def capital(text: str) -> str:
    """The text with a capital at its start."""
    return text[:1].upper() + text[1:]
