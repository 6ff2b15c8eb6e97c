"""What is said in the calls of the factory: concerns, answers, paraphrases, questions, endings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from callcoach.model.language import (
    ClosingKind,
    ClosingMark,
    Concern,
    ConcernKind,
    GistLine,
    GistPart,
    Paraphrase,
    ParaphraseKind,
    Question,
    QuestionKind,
    Response,
    ResponseKind,
    RuleMatch,
    TensionArc,
    TensionPoint,
    TurnActs,
)
from callcoach.model.party import Role

PARTS = (
    "concerns",
    "responses",
    "acts",
    "paraphrases",
    "questions",
    "closing",
    "gist",
    "arc",
)
"""The fields of an analysis that hold what was said."""


def heard(quote: str, line: str, by: str = "words", similarity: float = 1.0) -> RuleMatch:
    return RuleMatch(line, by, similarity, quote)


def concern(
    turn: str, quote: str, kinds: tuple[ConcernKind, ...], confidence: float, *fired: RuleMatch
) -> Concern:
    return Concern(
        id=f"c-{turn}",
        turn=turn,
        quote=quote,
        kind=kinds[0],
        kinds=kinds,
        strength=0.6,
        tension=0.53,
        confidence=confidence,
        fired=fired,
    )


def response(turn: str, answer: str | None, *kinds: ResponseKind, **changes: Any) -> Response:
    item = Response(
        concern=f"c-{turn}",
        turn=answer,
        kinds=kinds,
        latency_turns=None if answer is None else 1,
        validated_before_solution=None,
        quote=None,
        tailored=None,
        canned=None,
        confidence=0.85,
    )
    return replace(item, **changes)


def acts(turn: str, confidence: float, **fired: RuleMatch) -> TurnActs:
    kinds = tuple(ResponseKind(name) for name in fired)
    return TurnActs(turn, kinds, tuple(fired.values()), confidence)


def not_said() -> dict[str, Any]:
    """Nothing measured."""
    return dict.fromkeys(PARTS)


def none_heard() -> dict[str, Any]:
    """Measured, and nothing found."""
    return {**dict.fromkeys(PARTS, ()), "arc": None}


def billing() -> dict[str, Any]:
    """What is said in :data:`factory.SCRIPT`."""
    third = "This is the third time I call about the same bill."
    twice = "You charged me twice in March and nobody calls me back."
    lot = "that is a lot of calls for one mistake"
    forty = "forty minutes is far too long"
    back = "I will send the money back now, it takes three working days"
    fixed = "I want it fixed today."
    return {
        "concerns": (
            concern(
                "t2",
                third,
                (ConcernKind.REPEAT_CONTACT, ConcernKind.PROBLEM),
                0.94,
                heard(third, "third time"),
                heard(twice, "I was charged two times for it.", "meaning", 0.7134),
            ),
            concern("t5", fixed, (ConcernKind.DEMAND,), 0.85, heard(fixed, "i want it fixed")),
            concern(
                "t10",
                "I sat in the queue for forty minutes.",
                (ConcernKind.WAITING,),
                0.47,
                heard(
                    "I sat in the queue for forty minutes.",
                    "I have been waiting for so long.",
                    "meaning",
                    0.7231,
                ),
            ),
            concern(
                "t13",
                "do I have to call again?",
                (ConcernKind.PROBLEM,),
                0.6,
                heard("it does not come", "something does not do what it should", "form"),
            ),
        ),
        "responses": (
            response(
                "t2",
                "t4",
                ResponseKind.VALIDATE,
                ResponseKind.PARAPHRASE,
                ResponseKind.APOLOGISE,
                validated_before_solution=True,
                quote=lot,
                tailored=True,
                canned=False,
                confidence=0.75,
            ),
            response("t5", "t6", ResponseKind.IGNORE, quote="Of course.", confidence=0.6),
            response(
                "t10",
                "t11",
                ResponseKind.VALIDATE,
                ResponseKind.SOLVE,
                ResponseKind.PROMISE,
                validated_before_solution=True,
                quote=forty,
                tailored=True,
                canned=True,
                confidence=0.47,
            ),
            response(
                "t13",
                "t14",
                ResponseKind.SOLVE,
                validated_before_solution=False,
                quote="I will check on Thursday and call you on this number.",
                latency_turns=2,
            ),
        ),
        "acts": (
            acts(
                "t4",
                0.75,
                validate=heard(lot, "that is a lot of"),
                paraphrase=heard(
                    "two payments in March, and no call back?",
                    "gives back what the customer said",
                    "form",
                ),
                apologise=heard("I'm sorry", "i am sorry"),
            ),
            acts("t6", 0.6, ignore=heard("Of course.", "goes on with something else", "form")),
            acts(
                "t11",
                0.47,
                validate=heard(forty, "far too long"),
                solve=heard(back, "I am sending the money back to you.", "meaning", 0.81),
            ),
            acts(
                "t14",
                0.85,
                solve=heard("I will check on Thursday", "i will check"),
                promise=heard("call you on this number", "call you"),
            ),
        ),
        "paraphrases": (
            Paraphrase(
                "t4",
                "t2",
                0.88,
                ParaphraseKind.SUMMARISE,
                True,
                "two payments in March, and no call back?",
                twice,
                0.88,
            ),
            Paraphrase(
                "t11", "t10", 0.56, ParaphraseKind.REFLECT_FEELING, None, forty,
                "I sat in the queue for forty minutes.", 0.5,
            ),
            Paraphrase(
                "t14", "t13", 0.61, ParaphraseKind.CONFIRM_DETAIL, False, "on this number",
                "do I have to call again?", 0.7,
            ),
        ),
        "questions": (
            Question("t1", QuestionKind.OPEN, "How can I help?"),
            Question("t4", QuestionKind.CLOSED, "two payments in March, and no call back?"),
            Question("t4", QuestionKind.CLARIFYING, "two payments in March, and no call back?"),
            Question("t6", QuestionKind.REPEATED, "May I have the account number?", "t1"),
            Question("t14", QuestionKind.REPEATED, "Is there anything else?", "t4"),
        ),
        "closing": (
            ClosingMark(
                ClosingKind.NEXT_STEP,
                "t14",
                "I will check on Thursday and call you on this number.",
                Role.AGENT,
                "on Thursday",
            ),
            ClosingMark(
                ClosingKind.ANYTHING_ELSE,
                "t14",
                "Is there anything else I can do for you today?",
            ),
            ClosingMark(ClosingKind.THANKS, "t16", "Thank you for your patience."),
            ClosingMark(ClosingKind.NEXT_STEP, "t11", "you get a message when it is done"),
        ),
        "gist": (
            GistLine(GistPart.CONCERN, "t2", twice, 9.6),
            GistLine(GistPart.OFFER, "t11", back, 67.3),
            GistLine(
                GistPart.NEXT_STEP,
                "t14",
                "I will check on Thursday and call you on this number.",
            ),
        ),
        "arc": TensionArc(
            start=TensionPoint("t2", 0.7412, third),
            peak=TensionPoint("t2", 0.7412, third),
            end=TensionPoint("t15", 0.12, "No, that was it. Thank you."),
            turned_by="t4",
            turned_by_quote="I'm sorry, that is a lot of calls for one mistake.",
        ),
    }  # fmt: skip


def heating() -> dict[str, Any]:
    """What is said in :data:`factory.TALK`."""
    off = "My heating has been off since Friday and nobody has come."
    manager = "I want to speak to a manager, I have two small children in a cold house."
    joke = "You people never tell the truth and I am sick of it, do you hear me?"
    hour = "And then I was on hold for an hour."
    home = "you were there all day with the children and waited"
    tonight = "I can send someone tonight between six and eight"
    warm = "I will also call you tomorrow at ten to ask if it is warm."
    return {
        "concerns": (
            concern("t2", off, (ConcernKind.PROBLEM, ConcernKind.REPEAT_CONTACT), 0.9,
                    heard(off, "nobody has come"), heard("the third time I call", "third time")),
            concern("t4", manager, (ConcernKind.MANAGER_REQUEST,), 0.97,
                    heard(manager, "speak to a manager")),
            concern("t8", joke, (ConcernKind.HARSH, ConcernKind.FEELING), 0.93,
                    heard(joke, "you people"), heard(joke, "sick of it")),
            concern("t10", hour, (ConcernKind.WAITING,), 0.85, heard(hour, "on hold for")),
        ),
        "responses": (
            response("t2", "t3", ResponseKind.APOLOGISE, ResponseKind.EXPLORE,
                     quote="I am sorry to hear that."),
            response("t4", "t5", ResponseKind.ACKNOWLEDGE, ResponseKind.STATE_LIMIT,
                     quote="I understand, I do, but without the number I cannot open the order"),
            response("t8", "t9", ResponseKind.VALIDATE, ResponseKind.PARAPHRASE,
                     ResponseKind.OWN, ResponseKind.SOLVE, quote=home,
                     validated_before_solution=True, tailored=True, canned=False),
            response("t10", "t11", ResponseKind.OWN, ResponseKind.SOLVE, ResponseKind.PROMISE,
                     quote="I will put this right now.", validated_before_solution=False),
        ),
        "acts": (
            acts("t3", 0.85, apologise=heard("I am sorry to hear that.", "i am sorry")),
            acts("t5", 0.6, acknowledge=heard("I understand, I do", "i understand"),
                 state_limit=heard("I cannot open the order", "i can not")),
            acts("t9", 0.75, paraphrase=heard(home, "gives back what the customer said", "form"),
                 validate=heard("That should not have happened.", "should not have")),
            acts("t11", 0.85, own=heard("I will put this right now.", "put this right"),
                 solve=heard(tonight, "i can send"), promise=heard("he will call", "will call")),
        ),
        "paraphrases": (
            Paraphrase("t9", "t8", 0.91, ParaphraseKind.RESTATE, True, home,
                       "I was at home all day. I waited and nobody rang.", 0.91),
            Paraphrase("t11", "t10", 0.66, ParaphraseKind.SUMMARISE, None,
                       "An hour, after three calls.", hour, 0.66),
        ),
        "questions": (
            Question("t1", QuestionKind.OPEN, "What can I do for you?"),
            Question("t3", QuestionKind.CLOSED, "May I take your account number first?"),
            Question("t5", QuestionKind.REPEATED, "please, just the number", "t3"),
            Question("t15", QuestionKind.CLOSED, "Would that be good?"),
        ),
        "closing": (
            ClosingMark(ClosingKind.NEXT_STEP, "t15", warm, Role.AGENT, "tomorrow at ten"),
            ClosingMark(ClosingKind.THANKS, "t17", "Thank you for your patience."),
        ),
        "gist": (
            GistLine(GistPart.CONCERN, "t2", off),
            GistLine(GistPart.OFFER, "t11", tonight),
            GistLine(GistPart.NEXT_STEP, "t15", warm),
        ),
        "arc": TensionArc(
            start=TensionPoint("t2", 0.53, off),
            peak=TensionPoint("t8", 0.94, joke),
            end=TensionPoint("t16", 0.1, "Yes, please do that. Thank you, Maya."),
            turned_by="t9",
            turned_by_quote="So the engineer says that nobody was home, and " + home + ".",
        ),
    }  # fmt: skip
