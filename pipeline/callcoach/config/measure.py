"""Settings for transcripts that come from elsewhere."""

from __future__ import annotations

from callcoach.config.section import Section, setting


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
