"""Whole words of what Whisper aligns: it takes some apart, and some languages have none.

Where words have spaces between them, an item without one goes on the word before ("a", ".m.").
Chinese, Japanese, Thai and their like come sign by sign without any. They are placed in the call
sign by sign, and phrases are made of what was said together: where one word ends and the next
begins is not known, so a phrase is what stands for a word there.
"""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Sequence

from callcoach.model.speech import Timing, Word
from callcoach.speech.heard import RecognizedWord

SIGNS_PER_WORD = 1.5
"""Signs that are spoken in the time of a word, at most: an English word has 1.4 syllables on
average, a sign one."""

PAUSE_S = 0.2
"""A pause that ends a phrase: the shortest silence that counts as a pause."""

LONGEST_S = 2.0
"""Longest phrase: about what is said in one breath group, and short against a turn."""


_ENDS = frozenset(".,:;!?…。，、：；！？．｡､")


def whole_words(heard: Sequence[RecognizedWord]) -> list[RecognizedWord]:
    """Put together what Whisper's alignment takes apart: "8 a .m.", "in -house"."""
    words: list[RecognizedWord] = []
    for item in heard:
        text = item.text.strip()
        if not text:
            continue
        if words and not item.text[0].isspace():
            words.append(_on(words.pop(), item, text))
        else:
            words.append(RecognizedWord(item.start_s, item.end_s, text, item.probability))
    return words


def signs(heard: Sequence[RecognizedWord]) -> list[RecognizedWord]:
    """The signs of a language without spaces, each with the punctuation behind it.

    Foreign words among them have their spaces: a sign keeps the one before it.
    """
    result: list[RecognizedWord] = []
    for item in heard:
        text = item.text.rstrip()
        if not text:
            continue
        if result and all(unicodedata.category(c).startswith("P") for c in text):
            # How sure a comma is says nothing of what was said.
            sign = result.pop()
            result.append(dataclasses.replace(_on(sign, item, text), probability=sign.probability))
        else:
            result.append(RecognizedWord(item.start_s, item.end_s, text, item.probability))
    return result


def phrases(words: Sequence[Word]) -> tuple[Word, ...]:
    """Signs in their places in the call, in order of time, put together to phrases.

    A phrase ends at punctuation, a pause of ``PAUSE_S``, at ``LONGEST_S``, and between digits and
    other signs, so that a number is hidden by itself. Its probability is the mean of its signs'.
    """
    groups: list[list[Word]] = []
    for word in words:
        if groups and _goes_on(groups[-1], word):
            groups[-1].append(word)
        else:
            groups.append([word])
    return tuple(_phrase(group) for group in groups)


def _on(before: RecognizedWord, item: RecognizedWord, text: str) -> RecognizedWord:
    return RecognizedWord(
        before.start_s,
        max(before.end_s, item.end_s),
        before.text + text,
        min(before.probability, item.probability),
    )


def _goes_on(group: Sequence[Word], word: Word) -> bool:
    first, last = group[0], group[-1]
    foreign = _is_latin(word.text)
    return (
        word.speaker == last.speaker
        and not word.text[0].isspace()
        and foreign == _is_latin(last.text)
        # Within a number or a name a full stop ends nothing: "3.5".
        and (foreign or last.text[-1] not in _ENDS)
        and word.start_s - last.end_s < PAUSE_S
        and word.end_s - first.start_s <= LONGEST_S
    )


def _phrase(group: Sequence[Word]) -> Word:
    return dataclasses.replace(
        group[0],
        end_s=max(word.end_s for word in group),
        text="".join(word.text for word in group).strip(),
        probability=sum(word.probability for word in group) / len(group),
        timing=(
            Timing.MEASURED
            if all(word.timing is Timing.MEASURED for word in group)
            else Timing.INTERPOLATED
        ),
    )


def _is_latin(text: str) -> bool:
    """Whether a sign is a digit or a letter of the Latin alphabet: numbers, names of products."""
    return any(c.isdigit() or (c.isalpha() and c.isascii()) for c in text)
