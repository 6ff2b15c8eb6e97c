"""Settings of turns, overlaps and silences."""

from __future__ import annotations

from callcoach.settings.section import Section, setting


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
    backchannel_max_words: int = setting(3, "Most words of a backchannel.", unit="words", ge=0)
    listener_words: tuple[str, ...] = setting(
        tuple(
            "yeah yes yep yup mm mhm mm-hm mmhmm hm hmm uh-huh uh huh right okay ok oh sure i see "
            "alright ah exactly gotcha great good".split(" ")
        ),
        "Words that listeners say to show that they follow; a burst of these alone is a "
        "backchannel however many there are.",
        source="the commonest continuers of American telephone talk",
    )
    backchannel_holder_on_s: float = setting(
        0.5, "The holder goes on at least this long after a backchannel.", unit="s", ge=0
    )
    terminal_s: float = setting(
        0.5, "The holder ends within this after the onset: a terminal overlap.", unit="s", ge=0
    )
    floor_s: float = setting(1.0, "Shortest turn that claims the floor.", unit="s", gt=0)
    yield_s: float = setting(
        2.0, "The holder stops within this after the onset: the holder yielded.", unit="s", gt=0
    )


class SilencesConfig(Section):
    """Silences."""

    dead_air_s: float = setting(3.0, "Both silent at least this long: dead air.", unit="s", gt=0)
