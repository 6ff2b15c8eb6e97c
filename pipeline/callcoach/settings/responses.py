"""Settings of what agents do with a concern."""

from __future__ import annotations

from callcoach.settings.section import Section, setting

_JUDGED = "our judgement, checked on the sample calls"


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


class ActsConfig(Section):
    """Response kinds of a turn that its form tells."""

    listener_words: tuple[str, ...] = setting(
        _words(
            "yeah yes yep yup no mm mmm mhm hm hmm uh huh um oh ah right okay ok sure i see "
            "alright all good great wow really exactly absolutely definitely true of course got it "
            "dear gosh goodness god gotcha thank you thanks fine hello hi perfect lovely cool"
        ),
        "A turn of these alone listens and does nothing else; responses look past it.",
        source="as overlaps.listener_words, and what agents add to them",
    )
    listener_max_words: int = setting(
        4, "Most words of a turn that only listens.", unit="words", ge=1
    )
    fix_verbs: tuple[str, ...] = setting(
        _words(
            "add adjust apply approve arrange authorize block book bring cancel change clear close "
            "correct credit deliver extend file fix forward freeze give issue lift lock log lower "
            "mark move order pass pay post process push put raise reactivate reduce refund "
            "register reimburse reinstate release remove renew replace report reroute reschedule "
            "reserve reset resend reship restore reverse schedule send set ship sign sort start "
            "stop submit switch take transfer turn unblock unlock update upgrade waive wipe"
        ),
        "What agents do for a customer: 'I have cancelled it', 'I am sending it'.",
        source="verbs of service talk",
    )
    contact_verbs: tuple[str, ...] = setting(
        _words(
            "call ring phone email text message write contact notify update remind chase follow "
            "check confirm get keep let come report tell send stay"
        ),
        "What agents promise to do later: 'I will call you', 'I will keep you posted'.",
        source="verbs of service talk",
    )
    instruction_verbs: tuple[str, ...] = setting(
        _words(
            "try click press go open turn unplug plug restart reboot select type enter use ask "
            "reset download install uninstall reinstall delete remove connect disconnect log sign "
            "choose right-click fill refresh switch close clear disable enable scroll tap hold "
            "bring pick collect pay return send print forget reconnect locate navigate visit "
            "follow drop change update run set check test make take put call come wait keep look "
            "give start"
        ),
        "A clause that begins with one of these tells the customer what to do.",
        source="verbs of service talk",
    )
    looking_verbs: tuple[str, ...] = setting(
        _words("check look keep wait call come give take start confirm run test ask follow hold"),
        "Instructions that, in a request ('can you check if'), ask for a fact instead.",
    )
    shared_verbs: tuple[str, ...] = setting(
        _words(
            "try reset restart reboot clear disable enable update run turn do fix remove switch "
            "delete get book send change replace install uninstall reinstall unplug ensure"
        ),
        "What follows 'let us' when the fix begins; 'let us check' only looks.",
        source="verbs of service talk",
    )
    not_a_limit: tuple[str, ...] = setting(
        _words(
            "see hear find imagine believe apologize thank stress blame argue wait help fault "
            "fathom say"
        ),
        "'I can not' with one of these is no limit: 'I cannot imagine', 'I can't hear you'.",
    )
    min_question_words: int = setting(
        3, "Shorter questions explore nothing ('Okay?').", unit="words", ge=1
    )


class ResponsesConfig(Section):
    """How an answer to a concern is looked at."""

    agent_turns: int = setting(
        2, "How many agent turns after a concern are its answer.", unit="turns", ge=1
    )
    tailored_words: int = setting(
        1,
        "A validation that shares this many content words with the customer is tailored.",
        unit="words",
        ge=1,
    )
    tailored_cosine: float = setting(
        0.50,
        "A validation as near in meaning to what the customer said is tailored as well.",
        source="all-MiniLM-L6-v2; our judgement, checked on the sample calls",
        gt=0,
        le=1,
    )
    canned_min_words: int = setting(
        5, "Shorter lines may come twice without being canned.", unit="words", ge=1
    )
