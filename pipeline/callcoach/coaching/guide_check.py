"""What a team's guide file will do, in words: ``callcoach guide check FILE``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from callcoach.coaching.codes import CODES, Code
from callcoach.config.files import closest
from callcoach.config.guide import (
    Chapter,
    Guide,
    GuideFile,
    GuideTable,
    read_guide_file,
    shipped_guide,
)
from callcoach.model.coaching import Verdict

_VERDICTS = {Verdict.STRENGTH: "went well", Verdict.OPPORTUNITY: "to work on", Verdict.NOTE: "note"}
_FAMILIES = {"chapter": "chapter", "situation": "situation", "finding": "words for a moment"}
_UNUSED = "no measure tells this code, so these words are never shown"


def check_guide(path: Path) -> str:
    """Read a guide file and tell what each of its tables will do.

    Raises
    ------
    ConfigError
        If the file is wrong; see :func:`callcoach.config.guide.read_guide`.
    """
    file = read_guide_file(path)
    guide, base = file.guide, shipped_guide()
    lines = [
        f"{path}: the guide “{guide.name}”, version {guide.version}",
        "It changes and adds to the shipped guide."
        if file.extends
        else "It stands in place of the shipped guide.",
        f"Chapters: {len(guide.chapters)}. Situations: {len(guide.situations)}. "
        f"Words for moments: {len(guide.findings)}.",
    ]
    for family, name in _FAMILIES.items():
        tables = [table for table in file.tables if table.family == family]
        lines += ["", f"{name[0].upper()}{name[1:]}: {len(tables)} in this file"]
        lines += [f"  {_table(table, file, base)}" for table in tables]
    missing = [*_no_rows(guide, base), *_no_words(file), *_no_sources(guide)]
    lines += ["", "Missing:" if missing else "Nothing is missing.", *(f"  {m}" for m in missing)]
    return "\n".join(lines) + "\n"


def _table(table: GuideTable, file: GuideFile, base: Guide) -> str:
    """What one table does."""
    where = "" if table.line is None else f"line {table.line}: "
    if table.family == "finding":
        return f"{where}[finding.{table.name}] {_words(table, file)}"
    item = _part(file.guide, table)
    shipped = _part(base, table)
    head = f"{where}[{table.family}.{table.name}]"
    assert item is not None
    if shipped is None:
        rules = "practices" if table.family == "chapter" else "situations"
        return (
            f"{head} adds the {table.family} “{item.title}”. Its score needs rules of the same "
            f"name in {rules} of your scorecard; without them its row says that there is no rule"
        )
    if not file.extends:
        return f"{head} is the {table.family} “{item.title}”"
    return f"{head} changes {_listed(table.keys)} of the {table.family} “{item.title}”"


def _words(table: GuideTable, file: GuideFile) -> str:
    code = CODES.get(table.name)
    if code is None:
        close = closest(table.name, CODES)
        return f"{_UNUSED}{f'; did you mean {close!r}?' if close else ''}"
    verb = f"changes {_listed(table.keys)} of" if file.extends else "gives"
    return f"{verb} the words for {_told(code, file.guide)}"


def _told(code: Code, guide: Guide) -> str:
    """What a code is told for."""
    chapter = guide.chapter(code.chapter)
    place = f" in “{chapter.title}”" if chapter else ""
    return f"{code.name} ({_VERDICTS[code.verdict]}){place}, found by {code.measure}"


def _no_rows(guide: Guide, base: Guide) -> Iterable[str]:
    """Chapters and situations of the shipped guide that this one does not have."""
    own = {chapter.id for chapter in guide.chapters}
    for chapter in base.chapters:
        if chapter.id not in own:
            yield (
                f"[chapter.{chapter.id}]: “{chapter.title}” has no row in reports; your scorecard "
                f"must have no [practices.{chapter.id}]"
            )
    own = {situation.id for situation in guide.situations}
    for situation in base.situations:
        if situation.id not in own:
            yield (
                f"[situation.{situation.id}]: “{situation.title}” has no row in reports; your "
                f"scorecard must have no [situations.{situation.id}]"
            )


def _no_words(file: GuideFile) -> Iterable[str]:
    """Kinds of moments that a guide of its own has no words for: the shipped words are shown."""
    if file.extends:
        return
    own = {table.name for table in file.tables if table.family == "finding"}
    for code in CODES.values():
        if code.name not in own:
            yield f"[finding.{code.name}]: the shipped words are shown"


def _no_sources(guide: Guide) -> Iterable[str]:
    """Chapters and situations that say neither what is heard nor what is not."""
    for family, items in (("chapter", guide.chapters), ("situation", guide.situations)):
        for item in items:
            if not item.heard and not item.not_heard:
                yield f"[{family}.{item.id}]: heard and not_heard are empty; name one of them"


def _part(guide: Guide, table: GuideTable) -> Chapter | None:
    if table.family == "chapter":
        return guide.chapter(table.name)
    return guide.situation(table.name)


def _listed(keys: Iterable[str]) -> str:
    return ", ".join(keys) or "nothing"
