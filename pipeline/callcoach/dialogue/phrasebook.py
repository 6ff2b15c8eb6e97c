"""Lines of the phrase book, looked for in clauses by their words and by their meaning."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from callcoach.dialogue.phrases import spelled_out
from callcoach.errors import ConfigError
from callcoach.language import Fired
from callcoach.settings.phrasebook import (
    Lines,
    MatchingConfig,
    PhraseBook,
    PhraseGroup,
    shipped_book,
)

if TYPE_CHECKING:
    from callcoach.dialogue.meaning import Encoder

__all__ = ["Matcher", "PhraseBook", "PhraseGroup", "shipped_book"]

# The group of sentences that tell nothing; what is meant must be nearer to a kind than to these.
NONE = "none"

_GAP = r"(?: \S+){0,3}"


class Matcher:
    """Looks for the lines of a phrase book.

    Parameters
    ----------
    book
        The lines.
    encoder
        For matches by meaning; ``None`` matches by words alone.
    config
        Limits.
    """

    def __init__(self, book: PhraseBook, encoder: Encoder | None, config: MatchingConfig) -> None:
        self.encoder = encoder
        self._config = config
        fillers = "|".join(re.escape(spelled_out(word)) for word in config.fillers)
        self._skip = rf"(?: (?:{fillers}))*" if fillers else ""
        self._groups = {
            family: [
                self._prepared(kind, group) for kind, group in sorted(book.family(family).items())
            ]
            for family in PhraseBook.model_fields
        }

    def fired(self, family: str, clauses: Sequence[str]) -> tuple[tuple[str, Fired], ...]:
        """What is heard of all kinds of a family, in order of the clauses, then of the kinds.

        A kind fires at most once in a clause: by its longest line of words, else by the nearest
        sentence of its meaning.

        Raises
        ------
        KeyError
            If there is no such family.
        """
        groups = self._groups[family]
        by_meaning = any(len(group.meaning) for group in groups)
        rows = self._rows(clauses) if by_meaning else {}
        vectors = [group.vectors for group in groups if group.vectors is not None]
        result: list[tuple[str, Fired]] = []
        for clause in clauses:
            text = f" {spelled_out(clause)} "
            said = frozenset(text.split())
            row = rows.get(clause)
            best = (
                max((float((v @ row).max()) for v in vectors), default=0.0)
                if row is not None
                else 0.0
            )
            for group in groups:
                if group.kind == NONE:
                    continue
                found = group.by_words(text, said) or group.by_meaning(row, best)
                if found and not any(line.matches(text, said) for line in group.unless):
                    line, by, similarity = found
                    result.append((group.kind, Fired(line, by, similarity, clause)))
        return tuple(result)

    def cancelled(self, family: str, kind: str, text: str) -> bool:
        """Whether a line of ``unless`` of a kind is in a text that is spelled out."""
        padded = f" {text.strip()} "
        said = frozenset(padded.split())
        groups = (group for group in self._groups[family] if group.kind == kind)
        return any(line.matches(padded, said) for group in groups for line in group.unless)

    def read(self, clauses: Iterable[str]) -> None:
        """Embed many clauses at once, ahead of :meth:`fired`; it is faster, and changes nothing."""
        self._rows(tuple(clauses))

    def _rows(self, clauses: Sequence[str]) -> dict[str, npt.NDArray[np.float32]]:
        """Embeddings of the clauses that are long enough to have a meaning of their own."""
        enough = [c for c in clauses if len(c.split()) >= self._config.min_words]
        if self.encoder is None or not enough:
            return {}
        return dict(zip(enough, self.encoder.encode(enough), strict=True))

    def _prepared(self, kind: str, group: PhraseGroup) -> _Group:
        # The longest first, so that the line that says most is the one that is named.
        words = sorted(group.words, key=lambda line: -len(line))
        return _Group(
            kind=kind,
            words=tuple(_line(line, self._skip) for line in words),
            unless=tuple(_line(line, self._skip) for line in group.unless),
            meaning=group.meaning,
            vectors=self._vectors(group.meaning),
            unlike=self._vectors(group.unlike),
            similarity=group.similarity or self._config.similarity,
            sure=self._config.sure_similarity,
        )

    def _vectors(self, lines: Lines) -> npt.NDArray[np.float32] | None:
        return self.encoder.encode(lines) if self.encoder and lines else None


@dataclass(frozen=True)
class _Line:
    """A line as a pattern on text that is spelled out, with a space at both ends."""

    text: str
    words: frozenset[str]
    pattern: re.Pattern[str]

    def matches(self, text: str, said: frozenset[str]) -> bool:
        return self.words <= said and self.pattern.search(text) is not None


@dataclass(frozen=True)
class _Group:
    kind: str
    words: tuple[_Line, ...]
    unless: tuple[_Line, ...]
    meaning: Lines
    vectors: npt.NDArray[np.float32] | None
    unlike: npt.NDArray[np.float32] | None
    similarity: float
    sure: float

    def by_words(self, text: str, said: frozenset[str]) -> tuple[str, str, float] | None:
        for line in self.words:
            if line.matches(text, said):
                return line.text, "words", 1.0
        return None

    def by_meaning(
        self, row: npt.NDArray[np.float32] | None, best: float
    ) -> tuple[str, str, float] | None:
        if row is None or self.vectors is None:
            return None
        cosines = self.vectors @ row
        nearest = int(np.argmax(cosines))
        cosine = float(cosines[nearest])
        if cosine < self.similarity or (cosine < self.sure and cosine < best):
            return None
        if self.unlike is not None and float(np.max(self.unlike @ row)) >= cosine:
            return None
        return self.meaning[nearest], "meaning", round(min(cosine, 1.0), 4)


def _line(text: str, skip: str) -> _Line:
    """``*`` stands for up to three words; fillers are skipped between words."""
    parts = [spelled_out(part).split() for part in text.split("*")]
    if not all(parts):
        raise ConfigError(f"the line {text!r} needs words, and on both sides of '*'")
    between = (f"{skip} ".join(map(re.escape, part)) for part in parts)
    pattern = re.compile(" " + f"{_GAP} ".join(between) + "(?= )")
    return _Line(text, frozenset(word for part in parts for word in part), pattern)
