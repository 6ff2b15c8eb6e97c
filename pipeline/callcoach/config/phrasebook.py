"""The phrase book: which lines tell what, in the files of ``configs/phrases``.

A file holds groups such as ``[concern.feeling]``: a family, a kind, and the lines that tell it.
A team adds lines with a file of the same form, and takes shipped lines out with ``drop``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from callcoach.config.files import checked, nearest, read_toml, shipped
from callcoach.config.section import Section, setting
from callcoach.errors import ConfigError

Lines = tuple[str, ...]


class PhraseGroup(Section):
    """The lines that tell one kind."""

    practice: str = setting(..., "The guide's chapter that the lines speak to.", min_length=1)
    reason: str = setting(..., "Why these lines tell it.", min_length=1)
    words: Lines = setting(
        (), "Lines matched as whole words. '*' stands for up to 3 words, fillers are skipped."
    )
    meaning: Lines = setting((), "Example sentences, from which the meaning is learnt.")
    unless: Lines = setting((), "Lines that cancel a match in the same clause.")
    unlike: Lines = setting(
        (),
        "Sentences that only look alike and are not of the kind.",
    )
    probability: float | None = setting(
        None,
        "Least probability of a match by meaning; without it matching.probability.",
        gt=0,
        le=1,
    )


class OwnLines(Section):
    """A team's own lines of one kind."""

    words: Lines = setting((), "Lines to add, matched as whole words.")
    meaning: Lines = setting((), "Sentences to add, matched by meaning.")
    unless: Lines = setting((), "Lines to add that cancel a match.")
    unlike: Lines = setting((), "Sentences to add that only look alike.")
    drop: Lines = setting((), "Shipped lines to take out, as they stand in the book.")


Family = Mapping[str, PhraseGroup]


class PhraseBook(Section):
    """All lines by family and kind."""

    concern: Family = setting({}, "What customers voice.")
    response: Family = setting({}, "What agents do with it.")
    paraphrase: Family = setting({}, "How people give back what the other said.")
    question: Family = setting({}, "How people ask.")
    closing: Family = setting({}, "What belongs into the end of a call.")

    def family(self, name: str) -> Family:
        """The groups of a family by kind.

        Raises
        ------
        KeyError
            If there is no such family.
        """
        if name not in PhraseBook.model_fields:
            raise KeyError(name)
        family: Family = getattr(self, name)
        return family


class MatchingConfig(Section):
    """How the lines of the phrase book are looked for."""

    own_file: str = setting(
        "", "Your own phrase file; its lines are added to the shipped ones. Empty: none."
    )
    probability: float = setting(
        0.65,
        "Least probability of a match by meaning, where a group names none of its own.",
        source="chosen on labelled turns that no line was written from (tests/labels, 'check')",
        gt=0,
        le=1,
    )
    consent: float = setting(
        0.1,
        "A line of words counts where its kind is at least this probable by the clause's meaning.",
        source="as probability",
        ge=0,
        le=1,
    )
    words_weight: float = setting(
        4.0,
        "Weight of words and runs of words beside what the sentence model makes of a clause.",
        source="as probability; 1.5 to 4 differ by 0.02 in mean average precision",
        ge=0,
    )
    fit_strength: float = setting(
        3.0,
        "Inverse strength of the regularisation of the logistic regression.",
        source="as probability; 1 to 10 differ by 0.02 in macro-F1",
        gt=0,
    )
    min_words: int = setting(
        4,
        "In shorter clauses nothing is found by meaning without a line of words.",
        unit="words",
        ge=1,
    )
    fillers: Lines = setting(
        tuple(
            "um uh uhm er erm ah oh well so very really just quite extremely truly absolutely "
            "completely totally honestly actually obviously simply incredibly terribly awfully "
            "pretty also still now then please sir madam ma'am genuinely certainly fully".split()
        ),
        "Words that may stand between the words of a line.",
    )


@cache
def shipped_book() -> PhraseBook:
    """The book that comes with callcoach.

    Raises
    ------
    ConfigError
        If the files are missing or wrong.
    """
    folder = shipped("phrases")
    book = read_book(sorted(folder.glob("*.toml")))
    for examples in sorted((folder / "examples").glob("*.toml")):
        book = extended(book, examples)
    return book


def read_book(paths: Iterable[Path]) -> PhraseBook:
    """Read the files of a book, one family or more in each.

    Raises
    ------
    ConfigError
        If a file cannot be read, a key is unknown or a group comes twice.
    """
    families: dict[str, dict[str, PhraseGroup]] = {}
    for path in paths:
        for family, kind, values in _groups(path):
            group = checked(PhraseGroup, values, path, within=(family, kind))
            if kind in families.setdefault(family, {}):
                raise ConfigError(f"{path}: [{family}.{kind}] is in the book already")
            families[family][kind] = group
    return PhraseBook(**families)


def extended(book: PhraseBook, path: Path) -> PhraseBook:
    """The book with a team's own lines; its groups are those of the book.

    Raises
    ------
    ConfigError
        If the file cannot be read, names a group or key that is unknown, or drops a line that
        is not there.
    """
    families = {name: dict(book.family(name)) for name in PhraseBook.model_fields}
    for family, kind, values in _groups(path):
        if kind not in families[family]:
            near = nearest(kind, families[family])
            raise ConfigError(f"{path}: unknown group [{family}.{kind}]; {near}")
        group = families[family][kind]
        own = checked(OwnLines, values, path, within=(family, kind))
        known = (*group.words, *group.meaning, *group.unless, *group.unlike)
        for line in own.drop:
            if line not in known:
                near = nearest(line, known)
                raise ConfigError(f"{path}: [{family}.{kind}] has no line {line!r}; {near}")
        added = {
            key: tuple(line for line in getattr(group, key) if line not in own.drop)
            + tuple(line for line in getattr(own, key) if line not in getattr(group, key))
            for key in ("words", "meaning", "unless", "unlike")
        }
        families[family][kind] = group.model_copy(update=added)
    return PhraseBook(**families)


def _groups(path: Path) -> list[tuple[str, str, dict[str, Any]]]:
    """The tables of a file: family, kind, content."""
    families = read_toml(path, "the phrase file")
    result = []
    for family, kinds in families.items():
        if family not in PhraseBook.model_fields:
            near = nearest(family, PhraseBook.model_fields)
            raise ConfigError(f"{path}: unknown family {family!r}; {near}")
        if not isinstance(kinds, dict):
            raise ConfigError(f"{path}: {family} must hold groups such as [{family}.kind]")
        for kind, values in kinds.items():
            if not isinstance(values, dict):
                raise ConfigError(f"{path}: {family}.{kind} must be a group [{family}.{kind}]")
            result.append((family, kind, values))
    return result
