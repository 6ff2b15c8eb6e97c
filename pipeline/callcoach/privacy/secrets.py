"""What was found private, looked for again in other texts: quotes, dropped words, whatever is kept.

A quote may cut a private stretch in the middle. So it is laid over the words of the call first;
what is left is compared with each secret in every form in which it may be written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from callcoach.config.privacy import RedactionConfig
from callcoach.model.private import PrivateKind
from callcoach.model.timeline import Span
from callcoach.privacy.conversation import Conversation, Private, is_label, split
from callcoach.text.spoken_numbers import plain, read

Kinds = list[PrivateKind | None]
_SURE_WORDS = 3  # words of a quote that are not said twice by chance
_ROUNDING_S = 0.5
_TAILS = ".,?!;:…"


@dataclass(frozen=True)
class _Spoken:
    """The words of one speaker in order: plain, what each of them is, when it was said."""

    words: tuple[str, ...]
    kinds: tuple[PrivateKind | None, ...]
    spans: tuple[Span | None, ...]


class Secrets:
    """The private words of a call.

    Parameters
    ----------
    call
        The conversation in which they were found.
    found
        What was found.
    spans
        When words were said, by place ``(turn, word)``; where it is not known, none.
    config
        How much of a number is looked for again.
    """

    def __init__(
        self,
        call: Conversation,
        found: Iterable[Private],
        spans: dict[tuple[int, int], Span],
        config: RedactionConfig,
    ) -> None:
        found = tuple(found)
        kinds = {place: private.kind for private in found for place in private.places}
        self._streams = [
            _Spoken(
                tuple(token.plain for token in tokens),
                tuple(kinds.get(token.at) for token in tokens),
                tuple(spans.get(token.at) for token in tokens),
            )
            for speaker in dict.fromkeys(line.speaker for line in call.lines)
            if (tokens := [t for own in call.tokens for t in own if _says(call, t.turn, speaker)])
        ]
        self._least = config.echo_signs
        self._cased = call.cased
        self._phrases: set[tuple[tuple[str, ...], PrivateKind]] = set()
        self._signs: set[tuple[str, PrivateKind]] = set()
        self._names: set[str] = set()
        for private in found:
            for stretch in stretches(private.places):
                words = tuple(call.tokens[turn][place].plain for turn, place in stretch)
                if len(words) > 1 or len(words[0]) >= self._least:
                    self._phrases.add((words, private.kind))
            said = [call.tokens[turn][place].plain for turn, place in private.places]
            self._signs |= {(signs, private.kind) for _, _, signs in _runs(said)}
            if private.kind is PrivateKind.NAME:
                self._names |= {word.removesuffix("'s") for word in said if len(word) > 2}
        self._names -= _common(self._names, config)

    def __bool__(self) -> bool:
        """Whether anything is private."""
        return bool(self._phrases or self._signs or self._names)

    def kinds(self, words: Sequence[str], near: Span | None = None) -> Kinds:
        """What each word of a text is, ``None`` for what may be shown.

        ``near`` is when the text was said, where that is known: a short quote is then laid over the
        words of that time alone.
        """
        forms = [plain(word) for word in words]
        result = self._laid_over(forms, near)
        for at, length, kind in (*self._same_words(forms), *self._same_signs(forms)):
            for place in range(at, at + length):
                result[place] = result[place] or kind
        for place, word in enumerate(words):
            known = forms[place].removesuffix("'s") in self._names
            if known and (not self._cased or word.lstrip("\"'“(")[:1].isupper()):
                result[place] = result[place] or PrivateKind.NAME
        return [None if is_label(word) else kind for word, kind in zip(words, result, strict=True)]

    def clean(self, text: str, near: Span | None = None) -> str:
        """A text with a label in the place of what is private."""
        words = split(text)
        kinds = self.kinds(words, near)
        return relabelled(words, kinds) if any(kinds) else text

    def _laid_over(self, forms: list[str], near: Span | None) -> Kinds:
        matches = [
            (stream, at) for stream in self._streams for at in _places(stream.words, tuple(forms))
        ]
        at_time = [m for m in matches if near is not None and _is_near(m, len(forms), near)]
        matches = at_time or matches
        result: Kinds = [None] * len(forms)
        for place in range(len(forms)):
            found = [stream.kinds[at + place] for stream, at in matches]
            if found and (all(found) or (len(forms) >= _SURE_WORDS and any(found))):
                result[place] = next(kind for kind in found if kind)
        return result

    def _same_words(self, forms: list[str]) -> Iterator[tuple[int, int, PrivateKind]]:
        for words, kind in self._phrases:
            if kind is PrivateKind.NAME and not all(word in self._names for word in words):
                continue
            for at in _places(forms, words):
                yield at, len(words), kind

    def _same_signs(self, forms: list[str]) -> Iterator[tuple[int, int, PrivateKind]]:
        atoms = _atoms(forms)
        for first, (start, _, _) in enumerate(atoms):
            signs = ""
            for at, count, more in atoms[first:]:
                signs += more
                kind = self._kind_of(signs)
                if kind is None:
                    break
                if len(signs) >= self._least:
                    yield start, at + count - start, kind

    def _kind_of(self, signs: str) -> PrivateKind | None:
        """What signs are a part of, or hold whole; ``None`` where they are of nothing private."""
        for secret, kind in self._signs:
            if len(secret) >= self._least and (signs in secret or secret in signs):
                return kind
        return None


def stretches(places: Iterable[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Places that follow each other within a turn, together."""
    result: list[list[tuple[int, int]]] = []
    for turn, place in sorted(places):
        if result and result[-1][-1] == (turn, place - 1):
            result[-1].append((turn, place))
        else:
            result.append([(turn, place)])
    return result


def label(kind: PrivateKind, last: str = "") -> str:
    """What stands for private words; marks at the end of the last of them stay."""
    return f"[{kind.value}]{last[len(last.rstrip(_TAILS)) :]}"


def relabelled(words: Sequence[str], kinds: Sequence[PrivateKind | None]) -> str:
    """Words as a text, one label for private words of a kind in a row.

    >>> kinds = [None, None, PrivateKind.NAME, PrivateKind.NAME]
    >>> relabelled(["I", "am", "Maya", "Stone."], kinds)
    'I am [name].'
    """
    result: list[str] = []
    for place, (word, kind) in enumerate(zip(words, kinds, strict=True)):
        if kind is None:
            result.append(word)
        elif place + 1 == len(words) or kinds[place + 1] is not kind:
            result.append(label(kind, word))
    return " ".join(result)


def _says(call: Conversation, turn: int, speaker: str) -> bool:
    return call.lines[turn].speaker == speaker


def _common(names: Iterable[str], config: RedactionConfig) -> set[str]:
    from wordfreq import zipf_frequency

    return {n for n in names if zipf_frequency(n, "en") >= config.common_name_zipf}


def _places(words: Sequence[str], wanted: tuple[str, ...]) -> list[int]:
    """Where some words stand in a row."""
    if not wanted:
        return []
    first, size = wanted[0], len(wanted)
    return [
        at
        for at in range(len(words) - size + 1)
        if words[at] == first and tuple(words[at : at + size]) == wanted
    ]


def _is_near(match: tuple[_Spoken, int], length: int, near: Span) -> bool:
    stream, at = match
    spans = [span for span in stream.spans[at : at + length] if span is not None]
    return bool(spans) and (
        spans[0].start_s < near.end_s + _ROUNDING_S and near.start_s - _ROUNDING_S < spans[-1].end_s
    )


def _runs(forms: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Signs in a row in plain words: first word, number of words, signs."""
    start, signs, end, at = 0, "", 0, 0
    while at <= len(forms):
        atom = read(forms, at) if at < len(forms) else None
        if atom is not None and not atom.joint and (not atom.weak or signs):
            if not signs:
                start = at
            signs += atom.signs
            end = at + atom.count
        elif atom is None and signs:
            yield start, end - start, signs
            signs = ""
        at += atom.count if atom else 1


def _atoms(forms: Sequence[str]) -> list[tuple[int, int, str]]:
    """Everything that reads as digits or letters: first word, number of words, signs."""
    result, at = [], 0
    while at < len(forms):
        atom = read(forms, at)
        if atom is None:
            result.append((at, 1, "|"))  # another word: no number goes on over it
        elif not atom.joint:
            result.append((at, atom.count, atom.signs))
        at += atom.count if atom else 1
    return result
