"""Joy in what was said: thanks, praise, relief. By voice alone it is not told from anger."""

from __future__ import annotations

from callcoach.config.voice_words import moment_words
from callcoach.text.phrases import heard, plain, spelled_out

_REACH = 2  # words before a joyful one in which a "not" takes it back


def joyful(text: str) -> bool:
    """Whether a text thanks, praises or is relieved, and nothing in it takes that back.

    >>> joyful("Oh great, it's working now!"), joyful("That is not great.")
    (True, False)
    """
    words = moment_words()
    said = spelled_out(text)
    if heard(said, words.laughter):
        return True
    if heard(said, [phrase for phrase in words.not_joy if " " in phrase]):
        return False
    tokens = said.split()
    taken_back = {word for word in words.not_joy if " " not in word}
    for phrase in heard(said, words.joy):
        parts = plain(phrase).split()
        for at in range(len(tokens) - len(parts) + 1):
            if tokens[at : at + len(parts)] == parts and not (
                taken_back & set(tokens[max(0, at - _REACH) : at])
            ):
                return True
    return False
