"""Settings of what is found in the words: concerns, answers, questions, closing, roles."""

from __future__ import annotations

from callcoach.config.section import Section, setting

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


class MeaningConfig(Section):
    """The model that compares what sentences mean."""

    model_path: str = setting(
        "",
        "Folder of a sentence-transformers model with weights in model.safetensors, used instead "
        "of all-MiniLM-L6-v2. Thresholds on similarity were set with that one.",
    )
    model_sha256: str = setting(
        "", "SHA-256 that model.safetensors in model_path must have; empty: it is only recorded."
    )


class RolesConfig(Section):
    """Who is the agent, by what is said: where nobody says it, and to check what is said."""

    from_words: bool = setting(
        True,
        "Look for the agent in what is said when nobody says which channel it is, and hold what is "
        "said against a given channel.",
    )
    min_confidence: float = setting(
        0.85, "Under this confidence the roles stay unknown.", unit="share", ge=0.5, le=1
    )
    company_names: tuple[str, ...] = setting(
        (),
        "Your company's names and brands, as agents say them when a call begins. Each weighs as "
        "much as a greeting.",
    )
    agent_phrases: tuple[str, ...] = setting(
        (),
        "What only your agents say, such as a greeting of your own; added to what is known.",
    )
    customer_phrases: tuple[str, ...] = setting(
        (), "What only your customers say; added to what is known."
    )
