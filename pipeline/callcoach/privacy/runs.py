"""Numbers and spelled words of a call: digits and letters that one person says in a row.

They go on over pauses, "mm-hm" and read-backs of the other side.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from callcoach.privacy.conversation import Conversation, Token
from callcoach.text.spoken_numbers import SpokenToken, read

_MOST_JOINTS = 3
_SPELLED = 4  # letters: more than an abbreviation
_WHICH = frozenset(
    "the this that which another other right wrong new old last first same only my your".split()
)
_PASSING = frozenset("moment second sec minute min up".split())  # "one moment"
# Letters that recognisers write in capitals and that name something; no part of a number.
_CAPITALS = frozenset(
    "PIN SSN DOB IBAN ZIP NHS CVV CVC ID TV PO UK US USA OK AM PM VAT HP NI BT AC PC IT SIM USB "
    "GPS "
    "WIFI HDMI LED ATM IP MAC MPAN CEO HR FAQ ASAP EU NY LA DC VIN REF NO NEW THE AND".split()
)


@dataclass(frozen=True)
class CharacterSequence:
    """Digits and letters that one person says in a row.

    ``signs`` are all of them; ``digits`` the digits alone, a letter O among them read as 0.
    ``singles`` counts signs that were said one by one. ``written`` is the text as transcribed.
    """

    tokens: tuple[Token, ...]
    signs: str
    singles: int
    amount: bool
    written: str

    @property
    def digits(self) -> str:
        """The digits."""
        return re.sub(r"\D", "", re.sub(r"(?<![A-Z])O(?![A-Z])|(?<=\d)O|O(?=\d)", "0", self.signs))

    @property
    def letters(self) -> int:
        """How many letters."""
        return sum(sign.isalpha() for sign in self.signs)

    @property
    def spelled(self) -> bool:
        """Whether it is a word that was spelled: "S-I-T-A", "s i t a"; no stammer: "a- a- i"."""
        by_letter = self.singles > 1 or "-" in self.written
        stammered = any(token.text.endswith("-") for token in self.tokens)
        differ = min(self.letters, len(set(self.signs)) + 1)
        return (
            self.letters == len(self.signs) and by_letter and not stammered and differ >= _SPELLED
        )

    @property
    def places(self) -> tuple[tuple[int, int], ...]:
        """Where its words are."""
        return tuple(token.at for token in self.tokens)


def find_runs(call: Conversation) -> tuple[CharacterSequence, ...]:
    """All numbers and spelled words of a call, in order of their first word."""
    runs = [run for flow in call.flows for run in _runs_of(flow)]
    return tuple(sorted(runs, key=lambda run: run.tokens[0].at))


def _runs_of(flow: Sequence[Token]) -> list[CharacterSequence]:
    words = [token.plain for token in flow]
    runs: list[CharacterSequence] = []
    current: list[tuple[int, SpokenToken]] = []
    joints = 0
    place = 0
    while place <= len(flow):
        atom = read(words, place) if place < len(flow) else None
        if atom is None and place < len(flow):
            atom = _capitals(flow[place])
        if atom is not None and not atom.joint:
            current.append((place, atom))
            joints = 0
        elif atom is not None and current and joints < _MOST_JOINTS:
            joints += 1
        elif current:
            runs += _run(flow, current)
            current, joints = [], 0
        elif atom is None and not current:
            joints = 0
        place += atom.count if atom else 1
    return runs


def _closes(flow: Sequence[Token], place: int) -> bool:
    """Whether a sentence or a turn ends with a word."""
    return flow[place].ends or place + 1 == len(flow) or flow[place + 1].turn != flow[place].turn


def _capitals(token: Token) -> SpokenToken | None:
    """Letters written together in capitals: "QQ", "MORGA"."""
    word = token.text.strip('.,?!;:()"')
    if 1 < len(word) <= 6 and word.isalpha() and word.isupper() and word not in _CAPITALS:
        return SpokenToken(word, 1, weak=True)
    return None


def _run(flow: Sequence[Token], atoms: list[tuple[int, SpokenToken]]) -> list[CharacterSequence]:
    """The run of some atoms; plain words at its edges ("a", "I", "mike") are no part of it."""

    def strong(index: int) -> bool:
        place, atom = atoms[index]
        if not atom.weak:
            return True
        beside = [atoms[i] for i in (index - 1, index + 1) if 0 <= i < len(atoms)]
        near = [a for p, a in beside if p in (place - a.count, place + atom.count)]
        if flow[min(place + 1, len(flow) - 1)].plain in ("dash", "hyphen", "slash"):
            return index + 1 < len(atoms)
        if len(atom.signs) > 1:
            return any(not a.weak and any(s.isdigit() for s in a.signs) for a in near)
        if atom.signs == "A" and near and index == len(atoms) - 1 and _closes(flow, place):
            return True  # no article ends a sentence
        if near and index == len(atoms) - 1 and _closes(flow, place) and len(flow[place].plain) > 2:
            return sum(a.single and a.signs.isalpha() for _, a in atoms) > 2  # "... four Zulu."
        if atom.signs in "AI" and len(flow[place].plain) == 1:
            # "a 4" is an article: a letter only where it is written as one, among its like.
            return len(near) == 2 or (any(a.single and a.signs.isalpha() for a in near))
        return any(a.single and (a.signs.isalpha() or len(near) == 2) for a in near)

    kept = [item for index, item in enumerate(atoms) if strong(index)]
    while kept and flow[kept[0][0]].plain == "one" and _points(flow, kept[0][0]):
        kept = kept[1:]  # "that's my old one"
    while len(kept) > 1 and _exclaimed(flow, kept[0][0]):
        kept = kept[1:]
    if len(kept) == 1 and flow[kept[0][0]].plain in ("oh", "one"):
        at = kept[0][0]
        if flow[at].plain == "oh" or (at and flow[at - 1].plain in _WHICH):
            return []
    while kept and kept[0][1].signs == "I":
        kept = kept[1:]
    while (
        kept
        and kept[-1][1].signs == "I"
        and flow[kept[-1][0]].text == "I"
        and (kept[-1][0] + 1 < len(flow) and flow[kept[-1][0] + 1].turn == flow[kept[-1][0]].turn)
    ):
        kept = kept[:-1]  # "... B, I think"
    if not kept:
        return []
    first, (last, end) = kept[0][0], kept[-1]
    tokens = tuple(flow[first : last + end.count])
    return [
        CharacterSequence(
            tokens,
            "".join(atom.signs for _, atom in kept),
            sum(atom.single for _, atom in kept),
            any(atom.amount for _, atom in kept),
            " ".join(token.text for token in tokens),
        )
    ]


def _points(flow: Sequence[Token], place: int) -> bool:
    """Whether "one" stands for a thing: "the new one", "the other one, 7861", "one moment"."""
    if (
        place + 1 < len(flow)
        and len(flow[place + 1].plain) > 1
        and flow[place + 1].plain[0].isdigit()
    ):
        return True  # whoever writes figures writes a one in figures too
    if place + 1 < len(flow) and flow[place + 1].plain in _PASSING:
        return True
    paused = _closes(flow, place) or flow[place].text.endswith(",")
    return place > 0 and flow[place - 1].plain in _WHICH and paused


def _exclaimed(flow: Sequence[Token], place: int) -> bool:
    """Whether "oh" is no zero: "Oh. Four two", "Oh, 118"."""
    token = flow[place]
    figures = flow[place + 1].plain[:1].isdigit()
    return token.plain == "oh" and (token.ends or (token.text.endswith(",") and figures))
