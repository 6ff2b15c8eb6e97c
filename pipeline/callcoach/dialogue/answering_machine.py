"""Whether a machine took the call: a recorded greeting, perhaps a beep, and a message after it.

Nobody was talked to then, so nothing about listening or answers can be said of the agent. It takes
two signs of a machine's greeting, or one and a tone after it, and the order of such a call: whoever
greets has done so once and for all. An agent who tells a caller to leave a message is in the middle
of a conversation, in which both speak again and again.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from callcoach.audio.holds import HoldKind, HoldSound
from callcoach.dialogue.role_check import ANSWERING_MACHINE
from callcoach.model.recording import CallWarning
from callcoach.model.speech import Turn
from callcoach.text.phrases import heard, plain

SIGNS = (
    ("you have reached", "you've reached", "you reached"),
    ("voicemail", "voice mail", "voice mailbox", "mailbox", "answering machine"),
    ("leave a message", "leave your message", "leave me a message", "leave your name"),
    ("record your message", "record a message", "your message has been"),
    ("after the tone", "after the beep", "at the tone", "at the beep", "after the signal"),
    ("not available", "unavailable", "unable to take your call", "cannot take your call",
     "can't take your call", "can not take your call", "can't come to the phone",
     "unable to answer", "cannot answer", "can't answer"),
    ("get back to you", "return your call", "call you back as soon"),
)  # fmt: skip
"""What greetings of answering machines say; the forms of one sign count once. Written from how
telephone companies and people word them, not fitted."""

GREETING_WORDS = 60
"""The greeting is looked for in this many first words of a party: half a minute of slow speech."""

MOST_CHANGES = 4
"""Changes of speaker in such a call: a "hello?" into the greeting, the message, and a menu after
it. A conversation has that many in its first half minute."""

TONE_WITHIN_S = 5.0
"""A tone this soon after the greeting asks for the message."""


def machine_warnings(turns: Sequence[Turn], holds: Sequence[HoldSound]) -> tuple[CallWarning, ...]:
    """Warn where an answering machine took the call.

    Parameters
    ----------
    turns
        The turns of all parties in order of time; those in another language than English without
        text.
    holds
        Tones and music beside the speech.
    """
    spoken = [turn for turn in turns if turn.text.strip()]
    changes = sum(a.speaker != b.speaker for a, b in pairwise(spoken))
    if changes > MOST_CHANGES:
        return ()
    for speaker in dict.fromkeys(turn.speaker for turn in spoken):
        own = [turn for turn in spoken if turn.speaker == speaker]
        first = " ".join(" ".join(plain(turn.text) for turn in own).split()[:GREETING_WORDS])
        found = [forms[0] for sign in SIGNS if (forms := heard(first, sign))]
        if not found:
            continue
        if len(found) + _tone_after(own, holds) >= 2:
            quotes = ", ".join(f"“{phrase}”" for phrase in found[:3])
            text = (
                f"An answering machine seems to have taken this call ({quotes}). Nobody was talked "
                "to, so nothing is scored."
            )
            return (CallWarning(ANSWERING_MACHINE, text),)
    return ()


def _tone_after(greeting: Sequence[Turn], holds: Sequence[HoldSound]) -> bool:
    """Whether a tone follows one of a party's turns."""
    tones = [hold for hold in holds if hold.kind is HoldKind.TONE]
    return any(0.0 <= t.start_s - g.end_s <= TONE_WITHIN_S for t in tones for g in greeting)
