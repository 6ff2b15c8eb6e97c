"""Lines of the phrase book, looked for in clauses by their words and by their meaning."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from callcoach.config.phrasebook import MatchingConfig, PhraseBook, PhraseGroup, shipped_book
from callcoach.dialogue.example_classifier import NONE, ExampleClassifier
from callcoach.errors import ConfigError
from callcoach.model.language import RuleMatch
from callcoach.text.phrases import spelled_out

if TYPE_CHECKING:
    from callcoach.dialogue.sentence_embeddings import Encoder

__all__ = ["Matcher", "PhraseBook", "PhraseGroup", "shipped_book"]

_MOST_KNOWN = 20_000  # clauses judged and kept for each family
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
    cache
        Folder for what is learnt of a team's own examples; ``None`` keeps nothing.
    """

    def __init__(
        self,
        book: PhraseBook,
        encoder: Encoder | None,
        config: MatchingConfig,
        cache: Path | None = None,
    ) -> None:
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
        self._known: dict[str, dict[str, dict[str, float]]] = {}
        self._near: dict[str, dict[tuple[str, str], RuleMatch]] = {}
        self._likeness: dict[str, ExampleClassifier] = {}
        if encoder is not None:
            self._likeness = {
                name: ExampleClassifier(book.family(name), encoder, config, cache)
                for name in PhraseBook.model_fields
                if any(group.meaning for group in book.family(name).values())
            }

    def fired(self, family: str, clauses: Sequence[str]) -> tuple[tuple[str, RuleMatch], ...]:
        """What is heard of all kinds of a family, in order of the clauses, then of the kinds.

        A kind fires at most once in a clause: by its longest line of words, else by its meaning.
        With a sentence model, a line of words counts only where the clause is not wholly unlike
        the kind's examples ("thank you so much for" is no "so much for your promises").

        Raises
        ------
        KeyError
            If there is no such family.
        """
        hits = self._hits(family, clauses)
        near = self._nearest(family, [(kind, clause) for kind, line, clause in hits if not line])
        return tuple(
            (kind, RuleMatch(line, "words", 1.0, clause) if line else near[kind, clause])
            for kind, line, clause in hits
        )

    def by_words(self, family: str, clauses: Sequence[str]) -> frozenset[str]:
        """The kinds of a family of which a line of words is heard, as in :meth:`fired`."""
        return frozenset(kind for kind, line, _ in self._hits(family, clauses) if line)

    def _hits(self, family: str, clauses: Sequence[str]) -> list[tuple[str, str | None, str]]:
        """What is heard: kind, line of words (``None``: by meaning) and clause."""
        groups = self._groups[family]
        likely = self._likely(family, clauses)
        result: list[tuple[str, str | None, str]] = []
        for clause in clauses:
            text = f" {spelled_out(clause)} "
            said = frozenset(text.split())
            for group in groups:
                if group.kind == NONE or any(line.matches(text, said) for line in group.unless):
                    continue
                line = next((line for line in group.words if line.matches(text, said)), None)
                share = likely.get(clause, {}).get(group.kind)
                long = len(clause.split()) >= self._config.min_words
                if line is not None and (share is None or share >= self._config.consent):
                    result.append((group.kind, line.text, clause))
                elif share is not None and long and share >= group.probability:
                    result.append((group.kind, None, clause))
        return result

    def all_shares(self, family: str, clauses: Sequence[str]) -> list[dict[str, float]]:
        """The probability of each kind for each clause; empty where nothing can tell."""
        likely = self._likely(family, clauses)
        return [likely.get(clause, {}) for clause in clauses]

    def nearest(self, family: str, kind: str, clause: str) -> RuleMatch:
        """The match of a clause by meaning: the example of a kind that it is nearest to.

        Raises
        ------
        KeyError
            If the kind has no examples, or there is no sentence model.
        """
        return self._nearest(family, [(kind, clause)])[kind, clause]

    def cancelled(self, family: str, kind: str, text: str) -> bool:
        """Whether a line of ``unless`` of a kind is in a text that is spelled out."""
        padded = f" {text.strip()} "
        said = frozenset(padded.split())
        groups = (group for group in self._groups[family] if group.kind == kind)
        return any(line.matches(padded, said) for group in groups for line in group.unless)

    def read(self, family: str, clauses: Iterable[str]) -> None:
        """Judge many clauses at once, ahead of :meth:`fired`; it is faster, and changes nothing."""
        self.fired(family, tuple(clauses))

    def _nearest(
        self, family: str, asked: Sequence[tuple[str, str]]
    ) -> dict[tuple[str, str], RuleMatch]:
        """The matches by meaning of kinds and clauses."""
        known = self._near.setdefault(family, {})
        each = tuple(dict.fromkeys(asked))
        new = [one for one in each if one not in known]
        if len(known) + len(new) > _MOST_KNOWN:
            known.clear()
            new = list(each)
        if new:
            found = self._likeness[family].nearest(new)
            for (kind, clause), (example, cosine) in zip(new, found, strict=True):
                similarity = round(min(max(cosine, 0.0), 1.0), 4)
                known[kind, clause] = RuleMatch(example, "meaning", similarity, clause)
        return {one: known[one] for one in each}

    def _likely(self, family: str, clauses: Sequence[str]) -> dict[str, dict[str, float]]:
        """Probabilities by kind of each clause."""
        likeness = self._likeness.get(family)
        if likeness is None:
            return {}
        known = self._known.setdefault(family, {})
        each = tuple(dict.fromkeys(clauses))
        new = [clause for clause in each if clause not in known]
        if len(known) + len(new) > _MOST_KNOWN:
            known.clear()
            new = list(each)
        if new:
            known.update(zip(new, likeness.shares(new), strict=True))
        return {clause: known[clause] for clause in each}

    def _prepared(self, kind: str, group: PhraseGroup) -> _Group:
        # The longest first, so that the line that says most is the one that is named.
        words = sorted(group.words, key=lambda line: -len(line))
        return _Group(
            kind=kind,
            words=tuple(_line(line, self._skip) for line in words),
            unless=tuple(_line(line, self._skip) for line in group.unless),
            probability=group.probability or self._config.probability,
        )


@dataclass(frozen=True)
class _Line:
    """A line as a pattern on text that is spelled out, with a space at both ends."""

    text: str
    words: frozenset[str]
    pattern: str

    def matches(self, text: str, said: frozenset[str]) -> bool:
        # Few lines ever have all their words in a clause: only their patterns are made.
        return self.words <= said and _compiled(self.pattern).search(text) is not None


@dataclass(frozen=True)
class _Group:
    kind: str
    words: tuple[_Line, ...]
    unless: tuple[_Line, ...]
    probability: float


def _line(text: str, skip: str) -> _Line:
    """``*`` stands for up to three words; fillers are skipped between words."""
    parts = [spelled_out(part).split() for part in text.split("*")]
    if not all(parts):
        raise ConfigError(f"the line {text!r} needs words, and on both sides of '*'")
    between = (f"{skip} ".join(map(re.escape, part)) for part in parts)
    pattern = " " + f"{_GAP} ".join(between) + "(?= )"
    return _Line(text, frozenset(word for part in parts for word in part), pattern)


@lru_cache(maxsize=10_000)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
