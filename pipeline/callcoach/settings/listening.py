"""Settings of room to speak: silences and waits, answers and long turns, holds."""

from __future__ import annotations

from callcoach.settings.section import Section, setting


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


class HoldsConfig(Section):
    """Hold music, ringing and tones."""

    beside_speech_s: float = setting(
        0.15, "Sound this close to speech is left out.", unit="s", ge=0
    )
    min_stretch_s: float = setting(
        0.3, "Shorter stretches without speech are not looked at.", unit="s", gt=0
    )
    min_level_dbov: float = setting(
        -50.0,
        "Quieter sound is none.",
        unit="dBov",
        source="hold music lies near the speech's level; line noise under -55 dBov",
        lt=0,
    )
    prominence_db: float = setting(
        10.0,
        "A spectral peak stands this far above the spectrum around it, and above what is always "
        "there at its frequency.",
        unit="dB",
        gt=0,
    )
    peak_range_db: float = setting(
        40.0, "Peaks further under a window's strongest do not count.", unit="dB", gt=0
    )
    min_music_s: float = setting(
        3.0, "Shorter music is none.", unit="s", source="as silences.dead_air_s", gt=0
    )
    held_share: float = setting(
        0.35,
        "In music at least this share of the peaks was there 0.128 s earlier, within 8 Hz.",
        unit="share",
        source="5 pieces of hold music, 3 s at a time: 0.38 and more in 95 of 100; prompts, "
        "meetings, six voices at once: up to 0.31",
        gt=0,
        lt=1,
    )
    held_peaks: float = setting(
        1.5,
        "In music at least this many held peaks a window, on average.",
        source="the same material: music 1.6 and more in 95 of 100, voices at most 2.2; the two "
        "limits together let no voice through",
        gt=0,
    )
    sounding_share: float = setting(
        0.7, "Share of music's windows that have a peak at all.", unit="share", gt=0, le=1
    )
    join_s: float = setting(2.0, "Music with shorter gaps is one.", unit="s", ge=0)
    tone_share: float = setting(
        0.85,
        "Part of the power that one or two tones hold where there is nothing else.",
        unit="share",
        gt=0,
        lt=1,
    )
    min_tone_s: float = setting(
        0.15, "Shortest burst of a tone.", unit="s", source="UK ringing has bursts of 0.4 s", gt=0
    )
    min_other_tone_s: float = setting(
        0.5, "Tones that are neither ringing nor busy last at least this long.", unit="s", gt=0
    )
    cadence_s: float = setting(
        4.5,
        "Bursts of one kind with shorter pauses are one sound.",
        unit="s",
        source="ITU-T E.180: ringing pauses for up to 4 s in most countries",
        ge=0,
    )
    ringing_burst_s: float = setting(
        0.8,
        "A single tone of 400 to 450 Hz in bursts this long is ringing, in shorter ones busy.",
        unit="s",
        source="ITU-T E.180: ringing 0.67 to 1.5 s on, busy 0.1 to 0.66 s on",
        gt=0,
    )
    min_key_s: float = setting(
        0.04, "Shortest tone of a key.", unit="s", source="ITU-T Q.24: 40 ms", gt=0
    )
    key_twist_db: float = setting(
        10.0,
        "Most that the two tones of a key differ in level.",
        unit="dB",
        source="ITU-T Q.24: 5 to 10 dB",
        gt=0,
    )
    key_gap_s: float = setting(1.5, "Keys with shorter pauses are one entry.", unit="s", ge=0)


class TranscriptsConfig(Section):
    """Transcripts made elsewhere."""

    sound_words: tuple[str, ...] = setting(
        (
            "noise",
            "silence",
            "music",
            "laughter",
            "laughs",
            "cough",
            "coughs",
            "breath",
            "breathing",
            "sigh",
            "click",
            "beep",
            "ringing",
            "background",
            "applause",
        ),
        "A turn that holds nothing but such words in brackets, like [noise], is no speech.",
    )
    agent_names: tuple[str, ...] = setting(
        (
            *("agent", "operator", "representative", "rep", "advisor", "adviser", "csr"),
            *("support", "assistant", "employee", "service", "therapist", "counselor"),
            *("counsellor", "interviewer", "clinician", "consultant", "coach"),
        ),
        "Names of the speaker who listens and answers; case and a number behind do not count.",
    )
    customer_names: tuple[str, ...] = setting(
        (
            *("customer", "caller", "client", "user", "patient", "guest", "member"),
            *("interviewee", "consumer", "citizen"),
        ),
        "Names of the speaker who came with something.",
    )
