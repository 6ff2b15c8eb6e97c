"""Answers: sentences that hold nothing but what was asked for.

Whoever is asked for something private mostly says just that, with words of conversation around it.
Such a bare sentence is private by default, in whatever words it was asked for; it needs a reason
to stay, like a question for a price or an order.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from callcoach.privacy.conversation import Conversation, Token, sentences
from callcoach.privacy.cues import Cues
from callcoach.text.spoken_numbers import read

# Words of conversation: around an answer they say nothing.
_AROUND = frozenset(
    "it's its it is that that's thats was would be the a an my mine our i i'll think just here "
    "here's hang hold one second sec minute moment let me see get have look find sorry pardon well "
    "now there there's you again of course no not wait actually something and or but with then "
    "also both number numbers number's digits code ending ends starts starting sure well yes "
    "that'll it'll be right oh ah eh er uh um so for like capital double says reads this these "
    "they're at on in to from by believe guess probably as".split()
)
_REASONS = re.compile(
    r"\b(?:how|what (?:\w+ ){0,2}(?:time|year|size|day|date|month|price|amount|total|make|colour|"
    r"color|speed)|(?:screen|display|meter|reading|label|sticker|box|router|device|dial|floor|room|"
    r"table|score|error|version|locker|bay|order|ticket|case|parcel|invoice|flight|step|queue)|"
    r"(?:the|a|which|what) \w+ number|colou?r|showing|shows|says|part|model|brand|make|product|"
    r"plan|shop|store|country|airline|hotel|game|film|show|company|happened|problem|issue|called)\b"
)
_WHICH_PIECE = re.compile(
    r"\b(?:the|a|which|what) (?:\w+ )?"
    r"(?:other|whole|full|long|best|good|next|last|first|new|rest)\b"
)
_REQUEST = re.compile(r"\?\W*$|\b(?:please|go ahead|ready|need|confirm|read|tell|give)\b")


def is_conversational(call: Conversation, token: Token) -> bool:
    """Whether a word says nothing of its own beside an answer: "it's", "okay", "the number"."""
    return token.plain in _AROUND or call.says_nothing(token)


class Answers:
    """Which sentences of a call are bare answers.

    Parameters
    ----------
    call
        The conversation.
    cues
        What is named in it.
    """

    def __init__(self, call: Conversation, cues: Cues) -> None:
        self._call = call
        self._cues = cues

    def bare(self, first: Token, last: Token) -> bool:
        """Whether the sentences from one word to another hold signs and conversation alone."""
        return all(
            first.at <= token.at <= last.at
            or token.plain in _AROUND
            or self._call.says_nothing(token)
            or _is_sign(self._call.tokens[token.turn], token.place)
            for turn in range(first.turn, last.turn + 1)
            for token in _sentences_of(self._call.tokens[turn], first, last)
        )

    def core(self, sentence: Sequence[Token]) -> tuple[Token, ...]:
        """A sentence without the words of conversation at its edges."""
        kept = [
            place
            for place, token in enumerate(sentence)
            if token.plain not in _AROUND and not self._call.says_nothing(token)
        ]
        return tuple(sentence[kept[0] : kept[-1] + 1]) if kept else ()

    def unprompted(self, first: Token) -> bool:
        """Whether a word of a customer answers a request that gives no reason why it may stay."""
        if self._call.lines[first.turn].agent:
            return False
        turn = self._question(first)
        asked = self._call.lines[turn].text if turn >= 0 else "?"
        return _REQUEST.search(asked.lower()) is not None and not self.explained(first)

    def explained(self, first: Token) -> bool:
        """Whether what the other side said before a word is a reason why it may stay."""
        turn = self._question(first)
        if turn < 0:
            return False
        asked = self._call.lines[turn].text.lower()
        if any(cue.kind is None for cue in self._cues.within((turn, 0), first.at)):
            return True
        words = len(self._call.tokens[turn])
        if self._cues.beside_amount((turn, words), words):
            return True
        return _REASONS.search(asked) is not None and _WHICH_PIECE.search(asked) is None

    def _question(self, first: Token) -> int:
        """The last turn before a word in which the other side says something; -1 for none."""
        speaker = self._call.lines[first.turn].speaker
        turn = first.turn - 1
        while turn >= 0 and (self._call.lines[turn].speaker == speaker or self._call.light(turn)):
            turn -= 1
        return turn


def _sentences_of(own: Sequence[Token], first: Token, last: Token) -> list[Token]:
    """The words of the sentences of a turn that hold what lies between two words."""
    return [
        token
        for sentence in sentences(own)
        if sentence[-1].at >= first.at and sentence[0].at <= last.at
        for token in sentence
    ]


def _is_sign(own: Sequence[Token], place: int) -> bool:
    words = [token.plain for token in own]
    if read(words, place) is not None:
        return True
    # "B for Bravo", "nine hundred": read as one with the word before.
    return any(
        back <= place and (atom := read(words, place - back)) is not None and atom.count > back
        for back in range(1, 4)
    )
