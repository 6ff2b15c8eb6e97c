"""A conversation as a stream of words with who says them: what private things are looked for in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from callcoach.model.private import PrivateKind
from callcoach.text.spoken_numbers import plain, read

HIDDEN = "[]"
"""The plain form of a label: equal to no word."""
LABELS = tuple(f"[{kind.value}]" for kind in PrivateKind)
_WORD = re.compile(rf"(?:{'|'.join(map(re.escape, LABELS))})\S*|\S+")
_LIGHT = frozenset(
    "uh um er erm hmm hm mm mhm mm-hm mm-hmm mmhmm uh-huh okay ok yes yeah yep yup right sure "
    "got it go on ahead and then next carry i see great perfect thanks thank you alright all fine "
    "lovely brilliant good correct please so that's the rest last first pardon".split()
)
_LEAST_CASED = 5  # words: shorter turns may hold no capital by chance
_MOST_LIGHT = 4  # words of any kind: "say that again please"


@dataclass(frozen=True)
class ConversationLine:
    """A turn: who speaks, whether that is the agent (``None``: not known), and what is said."""

    speaker: str
    agent: bool | None
    text: str


@dataclass(frozen=True)
class Token:
    """A word with its place: turn, number within the turn.

    ``plain`` is the word in small letters without marks, :data:`HIDDEN` for a label that stands
    for something hidden. ``ends`` tells whether a sentence ends with it.
    """

    text: str
    plain: str
    turn: int
    place: int
    ends: bool

    @property
    def at(self) -> tuple[int, int]:
        """Turn and place."""
        return self.turn, self.place

    @property
    def capital(self) -> bool:
        """Whether it begins with a capital letter."""
        return self.text.lstrip("\"'“(")[:1].isupper()


@dataclass(frozen=True)
class Private:
    """Words that must not be shown: the kind, and places ``(turn, word)`` in order."""

    kind: PrivateKind
    places: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Conversation:
    """The lines of a call with their words.

    ``flows`` are stretches of one speaker: turns in a row, as long as the other says little between
    them ("mm-hm", a read-back). ``cased`` tells whether capitals mean anything.
    """

    lines: tuple[ConversationLine, ...]
    tokens: tuple[tuple[Token, ...], ...]
    flows: tuple[tuple[Token, ...], ...]
    cased: bool

    def cased_in(self, turn: int) -> bool:
        """Whether capitals mean anything in a turn: not where it has none, with words enough."""
        own = self.tokens[turn]
        return self.cased and (len(own) < _LEAST_CASED or any(t.capital for t in own))

    def says_nothing(self, token: Token) -> bool:
        """Whether a word is one of listening: "okay", "thanks"."""
        return token.plain in _LIGHT

    def light(self, turn: int) -> bool:
        """Whether a turn only listens or reads back."""
        return _is_light(self.tokens[turn])


def sentences(own: Sequence[Token]) -> list[tuple[Token, ...]]:
    """The sentences of a turn."""
    result: list[list[Token]] = [[]]
    for token in own:
        result[-1].append(token)
        if token.ends:
            result.append([])
    return [tuple(sentence) for sentence in result if sentence]


def split(text: str) -> list[str]:
    """The words of a text; a label stays one word."""
    return _WORD.findall(text)


def is_label(word: str) -> bool:
    """Whether a word stands for something that was hidden."""
    return word.startswith(LABELS)


def conversation(lines: Iterable[ConversationLine]) -> Conversation:
    """The stream of words of the turns of a call, in order."""
    lines = tuple(lines)
    tokens = tuple(
        tuple(
            Token(
                word,
                HIDDEN if is_label(word) else plain(word),
                turn,
                place,
                word.rstrip("\"'”)").endswith((".", "?", "!")),
            )
            for place, word in enumerate(split(line.text))
        )
        for turn, line in enumerate(lines)
    )
    inner = [t for own in tokens for t in own[1:] if t.plain.isalpha() and t.plain != "i"]
    cased = any(t.capital for t in inner) and any(t.ends for own in tokens for t in own)
    # A few words may hold no name: small letters after capitals at the start are a sign too.
    cased = cased or any(own[0].capital for own in tokens if own and own[0].plain[:1].isalpha())
    return Conversation(lines, tokens, _flows(lines, tokens), cased)


def _flows(
    lines: Sequence[ConversationLine], tokens: Sequence[tuple[Token, ...]]
) -> tuple[tuple[Token, ...], ...]:
    done: list[list[Token]] = []
    current: dict[str, list[Token]] = {}
    for line, own in zip(lines, tokens, strict=True):
        if not own:
            continue
        if not _is_light(own):
            for other in [name for name in current if name != line.speaker]:
                del current[other]
        if line.speaker in current:
            current[line.speaker] += own
        else:
            current[line.speaker] = list(own)
            done.append(current[line.speaker])
    return tuple(tuple(flow) for flow in done)


def _is_light(own: Sequence[Token]) -> bool:
    if not own:
        return True
    if len(own) <= _MOST_LIGHT and not own[-1].text.endswith("?"):
        return True
    words = [token.plain for token in own]
    place = 0
    while place < len(words):
        atom = read(words, place)
        if atom is None and words[place] not in _LIGHT:
            return False
        place += atom.count if atom else 1
    return True
