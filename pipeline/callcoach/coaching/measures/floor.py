"""Measures of attentive listening: room to speak, waits, questions asked again."""

from __future__ import annotations

import re

from callcoach.coaching.facts import CallFacts, CoachedUtterance
from callcoach.coaching.measures.measure import OPPORTUNITY, STRENGTH, MeasureContext
from callcoach.model.coaching import Measurement
from callcoach.model.interaction import OverlapKind, SilenceKind
from callcoach.model.language import QuestionKind
from callcoach.model.party import Role
from callcoach.model.timeline import Span
from callcoach.text.phrases import spelled_out

_WAIT_S = 8.0
"""Shorter silences, in seconds, are usual while something is looked up or typed. A plain choice:
agents are taught to say something within about ten seconds."""

_HANDS_ON = "press|click|type|enter|open|turn|plug|restart|unplug|check|select|look|go"
_ASKS_TO_DO = re.compile(
    r"\b(?:(?:can|could|would|will) you|go ahead and|try to|try and|take your time"
    r"|please (?!hold|wait|bear)\w+|let me know (?:when|once|if|what)|tell me (?:when|once|what)"
    rf"|(?:need|have) to (?:{_HANDS_ON})|(?:now|then|and|so) (?:{_HANDS_ON}))\b"
)
_ASKS_FOR_TIME = re.compile(
    r"\b(?:hold on|hang on|(?:one|just a|give me a) (?:moment|second|sec|minute)"
    r"|let me (?:just )?(?:look|check|see|find|get|grab|try|go)"
    r"|i am (?:just )?(?:looking|checking|trying|typing|getting|going|opening|walking|finding))\b"
)

_LET_FINISH = 0.3  # weight for a concern of full strength; a plain choice


def interruptions_per_10_min(sheet: MeasureContext) -> Measurement:
    """The agent's interruptions in ten minutes of the call, as the analysis has them."""
    if lacks := sheet.lacks("overlaps", words=False):
        return lacks
    facts = sheet.facts
    cuts = [o for o in facts.overlaps or () if o.kind is OverlapKind.INTERRUPTION]
    room = facts.listening(facts.agent)
    if room is None or room.interruptions_per_10min is None:
        return sheet.missing(facts.why_missing("listening", "overlaps"))
    rate = room.interruptions_per_10min
    evidence = [
        sheet.moment(
            OPPORTUNITY,
            "cut_in",
            facts.at(cut, facts.agent),
            span=cut.span,
            quote=cut.text or None,
            before=cut.cut_off,
            value=rate,
            weight=0.7,
            confidence=1.0 if cut.confidence is None else cut.confidence,
        )
        for cut in cuts
    ]
    sure = [1.0 if cut.confidence is None else cut.confidence for cut in cuts]
    return sheet.value(rate, facts.duration_s, sure or [1.0], evidence)


def concern_cut_share(sheet: MeasureContext) -> Measurement:
    """Share of the customer's concerns into which the agent cut."""
    if lacks := sheet.lacks("concerns", "overlaps", words=False):
        return lacks
    facts, config = sheet.facts, sheet.config
    concerns = facts.concerns or ()
    if not concerns:
        return sheet.nothing("no concern was heard")
    share = sum(bool(c.cuts) for c in concerns) / len(concerns)
    evidence = []
    for concern in concerns:
        sure = concern.concern.confidence
        for cut in (concern.cuts or ())[:1]:
            said = facts.at(cut, facts.agent)
            evidence.append(
                sheet.moment(
                    OPPORTUNITY,
                    "cut_concern",
                    said,
                    span=cut.span,
                    quote=cut.text or None,
                    before=cut.cut_off or concern.concern.quote,
                    value=share,
                    weight=0.3 + 0.7 * concern.concern.strength,
                    confidence=sure,
                )
            )
        long_enough = concern.said.duration_s >= config.let_finish_s
        if long_enough and not concern.cuts and not _takes_back(facts, concern.said):
            evidence.append(
                sheet.moment(
                    STRENGTH,
                    "let_finish",
                    concern.said,
                    quote=concern.concern.quote,
                    # No value: how often the agent did cut in is not what this moment tells. And
                    # it is what is usual, so an apology, a choice or a recap goes before it.
                    weight=_LET_FINISH * concern.concern.strength,
                    confidence=sure,
                )
            )
    return sheet.value(share, len(concerns), [c.concern.confidence for c in concerns], evidence)


def _takes_back(facts: CallFacts, said: CoachedUtterance) -> bool:
    """Whether the customer takes the word back ("please let me finish") after the agent cut in."""
    before = facts.said[max(said.place - 1, 0)]
    return before.role is Role.AGENT and any(
        o.kind is OverlapKind.INTERRUPTION and o.overlaps(before) for o in facts.overlaps or ()
    )


def uncut_share(sheet: MeasureContext) -> Measurement:
    """Share of the customer's long turns that the agent let finish."""
    if lacks := sheet.lacks("listening", words=False):
        return lacks
    heard = sheet.facts.listening(sheet.facts.customer)
    if heard is None or heard.cut is None:
        reason = sheet.facts.why_missing("overlaps")
        return sheet.missing(reason)
    if heard.uncut_share is None:
        return sheet.nothing("the customer had no long turn")
    return sheet.value(heard.uncut_share, heard.long_turns, [1.0])


def repeated_questions(sheet: MeasureContext) -> Measurement:
    """Questions asked again after they were answered, or that ask for what was told."""
    if lacks := sheet.lacks("questions"):
        return lacks
    facts = sheet.facts
    questions = facts.analysis.questions or ()
    evidence = []
    for question in questions:
        said = facts.by_turn.get(question.turn)
        if question.kind is not QuestionKind.REPEATED or said is None:
            continue
        if _checks(facts, said, question.quote):
            continue
        first = facts.by_turn.get(question.repeats or "")
        answer = None
        if first is not None:
            between = facts.said[first.place + 1 : said.place]
            answer = next((s for s in between if s.role is Role.CUSTOMER), None)
        evidence.append(
            sheet.moment(
                OPPORTUNITY,
                "asked_again",
                said,
                quote=question.quote,
                before=answer.text if answer else None,
                weight=0.6,
                confidence=sheet.config.unheard_confidence,
            )
        )
    return sheet.value(len(evidence), len(questions), [], evidence)


def _checks(facts: CallFacts, said: CoachedUtterance, quote: str) -> bool:
    """Whether a question gives back an answer to check it: "8 a.m. then?" asks nothing again."""
    return any(
        item.turn in said.turns and (quote in item.quote or item.quote in quote)
        for item in facts.analysis.paraphrases or ()
    )


def silent_wait_s(sheet: MeasureContext) -> Measurement:
    """Seconds of long silence of the agent's making that nobody announced.

    A silence after a question of the agent's, or after the agent asked for something to be done, is
    the customer's time; one after the customer asked for a moment is too. Pauses that are usual
    while something is typed are left out (``_WAIT_S``).
    """
    if lacks := sheet.lacks("listening", words=False):
        return lacks
    facts = sheet.facts
    listening = facts.analysis.listening
    if listening is None or listening.unexplained_s is None:
        reasons = {item.measure: item.reason for item in listening.unmeasured} if listening else {}
        return sheet.missing(
            reasons.get("announced", "there are no words to tell an announced wait by")
        )
    waits = []
    for silence in facts.analysis.silences:
        if silence.kind is not SilenceKind.DEAD_AIR or silence.announced is not False:
            continue
        spoken = [s for s in facts.said if s.end_s <= silence.start_s + 0.5]
        last = max(spoken, key=lambda s: s.end_s, default=None)
        if silence.duration_s >= _WAIT_S and not (last is not None and _customers_time(last)):
            waits.append((silence, last))
    total_s = sum(silence.duration_s for silence, _ in waits)
    evidence = [
        sheet.moment(
            OPPORTUNITY,
            "silent_wait",
            None,
            span=silence.span,
            before=last.text if last else None,
            value=silence.duration_s,
            weight=0.3 + silence.duration_s / 60,
        )
        for silence, last in waits
    ]
    return sheet.value(total_s, facts.duration_s, [1.0], evidence)


def _customers_time(last: CoachedUtterance) -> bool:
    """Whether the customer has something to do after these words."""
    text = spelled_out(last.text)
    if last.role is Role.AGENT:
        return last.text.rstrip().endswith("?") or _ASKS_TO_DO.search(text) is not None
    return _ASKS_FOR_TIME.search(text) is not None


def backchannels_per_min(sheet: MeasureContext) -> Measurement:
    """The agent's listening sounds, during and between what the customer says."""
    if lacks := sheet.lacks("overlaps", words=False) or sheet.lacks_book():
        return lacks
    facts = sheet.facts
    customer_s = facts.speech_s(facts.customer)
    if customer_s < sheet.config.min_customer_s:
        return sheet.missing(
            f"not enough evidence: the customer speaks for {customer_s:.0f} s, "
            f"{sheet.config.min_customer_s:.0f} s are needed"
        )
    during = [o for o in facts.overlaps or () if o.kind is OverlapKind.BACKCHANNEL]
    between = [
        s
        for s in facts.said
        if s.role is Role.AGENT and s.listens and not any(s.overlaps(o) for o in during)
    ]
    sounds: list[Span] = sorted([*during, *between], key=lambda sound: sound.start_s)
    rate = 60 * len(sounds) / customer_s
    evidence = [
        sheet.moment(
            STRENGTH,
            "listener_sounds",
            None,
            span=sound.span,
            quote=said.text if (said := facts.at(sound, facts.agent)) and said.listens else None,
            before=said.text if (said := facts.at(sound, facts.customer)) else None,
            value=rate,
            weight=0.25,
        )
        for sound in sounds[:1]
    ]
    return sheet.value(rate, customer_s, [1.0], evidence)
