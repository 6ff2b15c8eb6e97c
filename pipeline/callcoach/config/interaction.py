"""Settings of turns, overlaps, silences and listening."""

from __future__ import annotations

from callcoach.config.section import Section, setting

_TUNED = "tuned on 12 ICSI meetings (MRDA; the other 12 kept for the test)"

_CHECKED = "checked on 12 ICSI meetings (MRDA)"


class TurnsConfig(Section):
    """Turns."""

    pause_s: float = setting(
        0.20,
        "Speech with shorter pauses is one inter-pausal unit.",
        unit="s",
        source="the usual 200 ms of conversation analysis",
        ge=0,
    )
    join_s: float = setting(
        0.70,
        "Units of one speaker with shorter gaps are one turn, unless the other spoke between.",
        unit="s",
        ge=0,
    )


class OverlapsConfig(Section):
    """Kinds of simultaneous speech."""

    min_s: float = setting(
        0.20,
        "Shorter simultaneous speech is within the timing error and is ignored.",
        unit="s",
        ge=0,
    )
    dual_start_s: float = setting(0.20, "Onsets closer than this are a dual start.", unit="s", ge=0)
    backchannel_max_s: float = setting(
        1.0, "Longest burst that can be a backchannel.", unit="s", gt=0
    )
    continuer_words: tuple[str, ...] = setting(
        tuple("yeah yep yup mm mmm mhm mm-hm mm-hmm mmhmm hm hmm uh-huh huh right".split(" ")),
        "Words and phrases that hardly ever do more than show that one follows: a burst of these "
        "alone is a sure backchannel.",
        source=_TUNED,
    )
    acknowledgement_words: tuple[str, ...] = setting(
        (
            *("okay", "ok", "alright", "all right", "i see", "sure", "uh huh", "gotcha"),
            *("got it", "of course", "true", "oh no", "oh dear", "oh my"),
            *("oh", "oh really", "really", "wow", "ooh", "yes"),
        ),
        "Words and phrases that take note, and sometimes answer or confirm: a burst of these and "
        "of continuers is a backchannel too, a less sure one.",
        source="the commonest acknowledgements of American telephone talk; " + _TUNED,
    )
    receipt_words: tuple[str, ...] = setting(
        (
            *("ah", "great", "good", "cool", "perfect", "lovely"),
            *("absolutely", "definitely", "exactly"),
        ),
        "Words and phrases that greet news, judge it or answer, and make no bid for the floor. "
        "Over the other's talk they are no backchannel: on the meetings hardly one is.",
        source=_TUNED,
    )
    sure_word: float = setting(
        0.9,
        "A short burst with a word less probable than this counts as one without words, unless "
        "all it holds are listener's words: recognisers guess at short sounds.",
        unit="probability",
        source="of short bursts that Whisper base wrote other words for, placed in a real call, "
        "three in four have a word under 0.9",
        ge=0,
        le=1,
    )
    bid_words: tuple[str, ...] = setting(
        tuple("so um uh and but well or because cuz actually wait".split(" ")),
        "A burst of content words that begins with one of these asks for the floor.",
        source="the labels 'floor grabber' and 'floor holder' of the ICSI meetings (MRDA)",
    )
    backchannel_holder_on_s: float = setting(
        0.5, "The holder goes on at least this long after a backchannel.", unit="s", ge=0
    )
    listener_holder_on_s: float = setting(
        0.0,
        "The same after a burst of listener words alone: it is enough that the holder outlasts it.",
        unit="s",
        ge=0,
        source=_TUNED,
    )
    retry_s: float = setting(
        3.0,
        "A burst of content words whose speaker comes in again within this, for floor_s or more "
        "while the other still speaks, was a try for the floor.",
        unit="s",
        ge=0,
        source=_TUNED,
    )
    terminal_s: float = setting(
        0.5, "The holder ends within this after the onset: a terminal overlap.", unit="s", ge=0
    )
    floor_s: float = setting(1.0, "Shortest turn that claims the floor.", unit="s", gt=0)
    yield_s: float = setting(
        2.0, "The holder stops within this after the onset: the holder yielded.", unit="s", gt=0
    )
    cut_off_words: int = setting(
        6, "How many of the holder's last words an interruption quotes.", unit="words", ge=1
    )
    next_s: float = setting(
        3.0,
        "Who speaks and what is said within this after the simultaneous speech is what happened "
        "next.",
        unit="s",
        ge=0,
    )
    repair_phrases: tuple[str, ...] = setting(
        (
            "oh sorry",
            "sorry go",
            "sorry please",
            "sorry sorry",
            "excuse me",
            "pardon me",
            "go ahead",
            "please go on",
            "carry on",
            "please continue",
            "after you",
            "you first",
            "you were saying",
            "mean to interrupt",
            "let you finish",
        ),
        "Phrases that make up for speaking at once. A phrase with 'and' behind it does not count: "
        "'let's go ahead and book it'.",
        source="written for callcoach; no labelled calls to tune them on",
    )
    sure_s: float = setting(
        0.20,
        "A kind is sure by its times when every limit is at least this far away.",
        unit="s",
        gt=0,
        source="as min_s: the error of the times",
    )
    words_unknown: float = setting(
        0.8, "Factor of the confidence where the words say nothing about the kind.", ge=0, le=1
    )
    words_against: float = setting(
        0.6, "Factor of the confidence where the words speak against the kind.", ge=0, le=1
    )
    sure_snr_db: float = setting(
        18.0,
        "With less speech over background than this on either channel the confidence falls, in "
        "proportion.",
        unit="dB",
        gt=0,
        source="measured on two-channel mixes: speech activity errs more under it",
    )

    @property
    def backchannel_words(self) -> tuple[str, ...]:
        """The words and phrases of backchannels."""
        return self.continuer_words + self.acknowledgement_words

    @property
    def listener_words(self) -> tuple[str, ...]:
        """All words and phrases that make no bid for the floor."""
        return self.backchannel_words + self.receipt_words


class SilencesConfig(Section):
    """Silences and announced waits."""

    dead_air_s: float = setting(3.0, "Both silent at least this long: dead air.", unit="s", gt=0)
    hold_share: float = setting(
        0.5,
        "A silence is a hold when music, ringing or tones fill more than this part of it.",
        unit="share",
        ge=0,
        lt=1,
    )
    announce_words: int = setting(
        25,
        "A wait counts as announced when one of announce_phrases is among this many last words "
        "before it, whoever said it.",
        unit="words",
        source="about ten seconds of talk at 150 words a minute",
        ge=1,
    )
    announce_phrases: tuple[str, ...] = setting(
        (
            "one moment",
            "one second",
            "one sec",
            "one minute",
            "a couple of minutes",
            "a few minutes",
            "a few seconds",
            "a few moments",
            "just a moment",
            "just a second",
            "just a sec",
            "just a minute",
            "give me a moment",
            "give me a second",
            "give me a sec",
            "give me a minute",
            "take a moment",
            "take a second",
            "take a minute",
            "wait a moment",
            "wait a second",
            "wait a minute",
            "a moment please",
            "a second please",
            "a minute please",
            "bear with",
            "hold on",
            "hang on",
            "hold the line",
            "please hold",
            "hold please",
            "wait please",
            "please wait",
            "on hold",
            "stay on the line",
            "let me check",
            "let me look",
            "let me see",
            "let me find",
            "let me get",
            "let me open",
            "let me pull",
            "let me verify",
            "let me confirm",
            "let me ask",
            "let me have a look",
            "let me take a look",
            "let me go ahead and",
            "let me bring up",
            "i'll check",
            "i will check",
            "i'll have a look",
            "i'm checking",
            "i am checking",
            "i'm looking",
            "i am looking",
            "i'm pulling",
            "while i",
            "while we wait",
            "my system is",
            "my computer is",
            "the system is loading",
            "it is loading",
            "it's loading",
        ),
        "What people say before they make the other wait. Case and punctuation do not count, and "
        "announce_fillers may stand between the words.",
        source="a list to extend: telephone manners, and what agents say in sample calls",
    )
    announce_fillers: tuple[str, ...] = setting(
        ("just", "please", "quickly", "real", "quick", "um", "uh", "er", "so", "then", "now"),
        "Words that are skipped when phrases are looked for.",
    )
    wait_over_phrases: tuple[str, ...] = setting(
        (
            "thank you for waiting",
            "thanks for waiting",
            "thank you so much for waiting",
            "thank you so much for holding",
            "thank you for holding",
            "thanks for holding",
            "thank you for your patience",
            "thanks for your patience",
            "sorry for the wait",
            "sorry about the wait",
            "sorry to keep you waiting",
            "sorry for keeping you waiting",
        ),
        "What people say when a wait is over: an announcement before it explains no later silence.",
    )


class ListeningConfig(Section):
    """Room to speak: answers, long turns, one party's longest stretch."""

    min_turn_s: float = setting(
        2.0,
        "Turns from this length up are looked at for being cut short by the other.",
        unit="s",
        source="shorter ones are mostly answers of a few words",
        gt=0,
    )
    min_answers: int = setting(
        5,
        "Fewer answers give no median and no percentiles of the answer's gap.",
        unit="answers",
        ge=1,
    )
    least_rate_s: float = setting(
        180.0,
        "Shorter calls count as this long where interruptions are counted for ten minutes.",
        unit="s",
        source="one event in a call of a minute is no rate of ten in ten minutes",
        gt=0,
    )
    listener_max_s: float = setting(
        1.0,
        "A turn up to this length that holds nothing but listener words does not end the other's "
        "stretch, unless a question came before it.",
        unit="s",
        ge=0,
    )
