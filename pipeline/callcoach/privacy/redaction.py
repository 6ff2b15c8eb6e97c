"""Hiding what is private in an analysis: in words, turns, quotes and whatever else holds speech.

Every place where private words stood shows what was there, like ``[card number]``. Found is what
:mod:`callcoach.privacy.detectors` finds; that is never everything, see docs/redaction.md.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, TypeVar

from callcoach.config.privacy import RedactionConfig
from callcoach.model.analysis import CallAnalysis, CallInfo
from callcoach.model.party import Role
from callcoach.model.playback import Waveform
from callcoach.model.private import PrivateKind, Redaction, Silenced
from callcoach.model.recording import FILES_PARTED, CallWarning, MetadataItem, Severity
from callcoach.model.speech import DroppedWord, Word
from callcoach.model.timeline import Span
from callcoach.model.unmeasured import PHRASE_BOOK
from callcoach.privacy.conversation import (
    Conversation,
    ConversationLine,
    Private,
    conversation,
    split,
)
from callcoach.privacy.cues import Cues
from callcoach.privacy.detectors import NameFinder, find_private
from callcoach.privacy.secrets import Secrets, label, relabelled, stretches
from callcoach.privacy.silencing import find_silenced

T = TypeVar("T")
Place = tuple[int, int]

_BY_FORM = (PrivateKind.CARD_NUMBER, PrivateKind.EMAIL, PrivateKind.PHONE_NUMBER)
_NEAR_S = 1.5  # a dropped word this near to a private stretch may be a piece of it
_APART_S = 2.0  # dropped words further apart are read one by one

_LANGUAGE_WARNING = CallWarning(
    "redaction_language",
    "Private words may be left on this page and in its sound: they are looked for in English only. "
    "Long numbers are hidden in every language.",
)


def redact(
    analysis: CallAnalysis, config: RedactionConfig, finder: NameFinder | None = None
) -> CallAnalysis:
    """The analysis with private words hidden and ``redactions`` filled.

    Numbers, times and everything else that was measured stay as they are. An analysis that was
    redacted before comes back unchanged, and so does every analysis with ``on = false``.

    Parameters
    ----------
    analysis
        A call, with or without findings and scores.
    config
        What is hidden.
    finder
        A model that finds more names.
    """
    if not config.on or analysis.redactions is not None:
        return analysis
    roles = {party.id: party.role for party in analysis.call.parties}
    lines = tuple(
        ConversationLine(turn.speaker, _is_agent(roles.get(turn.speaker)), turn.text)
        for turn in analysis.turns
    )
    call = conversation(lines)
    language = next((i.reason for i in analysis.unmeasured if i.measure == PHRASE_BOOK), None)
    found = find_private(lines, config, finder, english=language is None)
    hidden = {place: private.kind for private in found for place in private.places}
    places = _places_of_words(analysis, call)
    spans = _spans(analysis, call, places)
    secrets = Secrets(call, found, spans, config)
    redactions = _redactions(call, found, spans)
    cues = Cues(call, config.private_numbers, config.kept_numbers)
    silenced = find_silenced(analysis, call, cues, found, spans, places, config)

    turns = tuple(
        dataclasses.replace(turn, text=_turn_text(call, index, hidden))
        if any(place[0] == index for place in hidden)
        else turn
        for index, turn in enumerate(analysis.turns)
    )
    ids = _ids(analysis)
    changed: dict[str, Any] = {
        "turns": turns,
        "words": _words(analysis.words, places, hidden),
        "dropped_words": _dropped(
            analysis.dropped_words, roles, redactions, secrets, config, english=language is None
        ),
        "call": _call_info(analysis.call, secrets, config),
        "warnings": (
            *analysis.warnings,
            *_id_warnings(analysis.call, secrets, config),
            *(() if language is None else (_LANGUAGE_WARNING,)),
        ),
        "redactions": redactions,
        "silenced": silenced,
        "waveform": _flat(analysis.waveform, silenced),
    }
    if secrets:
        for field in dataclasses.fields(analysis):
            if field.name not in ("turns", "words", "call", "redactions", "silenced", "provenance"):
                value = changed.get(field.name, getattr(analysis, field.name))
                changed[field.name] = _swept(value, secrets, ids, None)
    return dataclasses.replace(analysis, **changed)


def _is_agent(role: Role | None) -> bool | None:
    return None if role in (None, Role.UNKNOWN) else role is Role.AGENT


def _ids(analysis: CallAnalysis) -> frozenset[str]:
    """Strings that name a part of the analysis; changing one would cut it off."""
    concerns = analysis.concerns or ()
    return frozenset(
        [party.id for party in analysis.call.parties]
        + [turn.id for turn in analysis.turns]
        + [concern.id for concern in concerns]
    )


# ------------------------------------------------------------------------------- words and turns


def _places_of_words(analysis: CallAnalysis, call: Conversation) -> list[tuple[Place, ...]]:
    """The places in the turns that each word fills, none for a word that is in no turn."""
    result: list[tuple[Place, ...]] = [()] * len(analysis.words)
    for speaker in dict.fromkeys(line.speaker for line in call.lines):
        tokens = [
            token
            for line, own in zip(call.lines, call.tokens, strict=True)
            if line.speaker == speaker
            for token in own
        ]
        parts = [
            (index, part)
            for index, word in enumerate(analysis.words)
            if word.speaker == speaker
            for part in split(word.text)
        ]
        said, texts = [token.text for token in tokens], [part for _, part in parts]
        if said == texts:
            blocks = [(0, 0, len(said))]
        else:  # words that are in no turn, or a text that was changed
            matcher = difflib.SequenceMatcher(None, said, texts, autojunk=False)
            blocks = [(block.a, block.b, block.size) for block in matcher.get_matching_blocks()]
        for first, other, size in blocks:
            for step in range(size):
                index = parts[other + step][0]
                result[index] = (*result[index], tokens[first + step].at)
    return result


def _spans(
    analysis: CallAnalysis, call: Conversation, places: Sequence[tuple[Place, ...]]
) -> dict[Place, Span]:
    """When each place was said; shared out evenly over a turn where its words are not known."""
    result: dict[Place, Span] = {}
    for word, own in zip(analysis.words, places, strict=True):
        for place in own:
            result[place] = word.span
    for index, (turn, tokens) in enumerate(zip(analysis.turns, call.tokens, strict=True)):
        step_s = turn.duration_s / max(1, len(tokens))
        for number in range(len(tokens)):
            start_s = turn.start_s + number * step_s
            result.setdefault((index, number), Span(start_s, start_s + step_s))
    return result


def _turn_text(call: Conversation, turn: int, hidden: dict[Place, PrivateKind]) -> str:
    tokens = call.tokens[turn]
    return relabelled([t.text for t in tokens], [hidden.get(t.at) for t in tokens])


def _redactions(
    call: Conversation, found: Sequence[Private], spans: dict[Place, Span]
) -> tuple[Redaction, ...]:
    """One for each stretch within a turn, in order of time."""
    result = []
    for private in found:
        for stretch in stretches(private.places):
            span = spans[stretch[0]].union(spans[stretch[-1]])
            speaker = call.lines[stretch[0][0]].speaker
            result.append(Redaction(span.start_s, span.end_s, speaker, private.kind))
    return tuple(sorted(result, key=lambda item: (item.start_s, item.end_s, item.speaker)))


def _flat(
    waveforms: tuple[Waveform, ...] | None, silenced: Sequence[Silenced]
) -> tuple[Waveform, ...] | None:
    """The pictures of the sound without what is silent: of digits, the number is seen."""
    if waveforms is None:
        return None
    result = []
    for picture in waveforms:
        levels = list(picture.levels)
        for span in silenced:
            first = int(span.start_s / picture.step_s)
            last = min(len(levels), math.ceil(span.end_s / picture.step_s))
            levels[first:last] = [0] * max(0, last - first)
        result.append(dataclasses.replace(picture, levels=tuple(levels)))
    return tuple(result)


def _words(
    words: Sequence[Word],
    places: Sequence[tuple[Place, ...]],
    hidden: dict[Place, PrivateKind],
) -> tuple[Word, ...]:
    """The words with one word, the label, for those of a private stretch in a turn."""
    result: list[Word | None] = list(words)
    last: dict[str, tuple[int, PrivateKind, int]] = {}  # by speaker: place of label, kind, turn
    for index, (word, own) in enumerate(zip(words, places, strict=True)):
        kind = next((hidden[place] for place in own if place in hidden), None)
        if kind is None:
            if own:
                last.pop(word.speaker, None)
            continue
        turn = own[0][0]
        open_at, open_kind, open_turn = last.get(word.speaker, (-1, kind, -1))
        first = result[open_at] if open_at >= 0 else None
        if first is not None and open_kind is kind and open_turn == turn:
            result[open_at] = dataclasses.replace(
                first,
                end_s=max(first.end_s, word.end_s),
                text=label(kind, word.text),
                probability=min(first.probability, word.probability),
            )
            result[index] = None
        else:
            result[index] = dataclasses.replace(word, text=label(kind, word.text))
            last[word.speaker] = (index, kind, turn)
    return tuple(word for word in result if word is not None)


def _dropped(
    dropped: Sequence[DroppedWord],
    roles: dict[str, Role],
    redactions: Sequence[Redaction],
    secrets: Secrets,
    config: RedactionConfig,
    *,
    english: bool,
) -> tuple[DroppedWord, ...]:
    """Words that were left out of the transcript may still hold a piece of what is private."""
    result = list(dropped)
    for group in _groups(dropped):
        words = [dropped[index].text for index in group]
        first = dropped[group[0]]
        line = ConversationLine(first.speaker, _is_agent(roles.get(first.speaker)), " ".join(words))
        owners = [index for index, word in zip(group, words, strict=True) for _ in split(word)]
        kinds = secrets.kinds(split(line.text))
        for private in find_private((line,), config, english=english):
            for _, place in private.places:
                kinds[place] = kinds[place] or private.kind
        for place, index in enumerate(owners):
            near = next((r for r in redactions if r.gap_s(dropped[index]) <= _NEAR_S), None)
            kind = kinds[place] or (near.kind if near else None)
            if kind is not None:
                result[index] = dataclasses.replace(dropped[index], text=label(kind))
    return tuple(result)


def _groups(dropped: Sequence[DroppedWord]) -> list[list[int]]:
    groups: list[list[int]] = []
    last: dict[str, list[int]] = {}
    for index, word in enumerate(dropped):
        own = last.get(word.speaker)
        if own is not None and word.start_s - dropped[own[-1]].end_s <= _APART_S:
            own.append(index)
        else:
            last[word.speaker] = [index]
            groups.append(last[word.speaker])
    return groups


# -------------------------------------------------------------------------------- all the rest


def _swept(value: T, secrets: Secrets, ids: frozenset[str], near: Span | None) -> T:
    """A value of any shape with its texts cleaned; what names a part of the analysis stays."""
    result: Any = value
    if isinstance(value, str):
        ours = isinstance(value, Enum) or value in ids
        result = value if ours else secrets.clean(value, near)
    elif isinstance(value, tuple):
        items = tuple(_swept(item, secrets, ids, near) for item in value)
        result = value if all(a is b for a, b in zip(items, value, strict=True)) else items
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        when = value.span if isinstance(value, Span) else None
        changes = _changes(value, lambda item: _swept(item, secrets, ids, when))
        result = dataclasses.replace(value, **changes) if changes else value
    return result  # type: ignore[no-any-return]


def _changes(value: Any, swept: Callable[[Any], Any]) -> dict[str, Any]:
    changes = {}
    for field in dataclasses.fields(value):
        before = getattr(value, field.name)
        after = swept(before)
        if after is not before:
            changes[field.name] = after
    return changes


def _call_info(call: CallInfo, secrets: Secrets, config: RedactionConfig) -> CallInfo:
    return dataclasses.replace(
        call,
        metadata=tuple(
            item
            if item.name in config.metadata_kept
            else MetadataItem(item.name, secrets.clean(_by_form(item.value, config)))
            for item in call.metadata
        ),
    )


def _by_form(text: str, config: RedactionConfig) -> str:
    """A text with card numbers, e-mail addresses and phone numbers hidden."""
    kinds = tuple(kind for kind in _BY_FORM if kind in config.kinds)
    words = split(text)
    found: list[PrivateKind | None] = [None] * len(words)
    only = config.model_copy(update={"kinds": kinds})
    for private in find_private((ConversationLine("", None, text),), only):
        for _, place in private.places:
            found[place] = private.kind
    return relabelled(words, found) if any(found) else text


def _id_warnings(
    call: CallInfo, secrets: Secrets, config: RedactionConfig
) -> tuple[CallWarning, ...]:
    """A warning for each name that cannot be changed and holds something private."""
    files = [("file", name) for name in call.source_name.split(FILES_PARTED)]
    held: list[str] = []
    for what, name in (("call's name", call.id), ("agent's id", call.agent_id), *files):
        text = " ".join(_parts(name or ""))
        if _by_form(text, config) != text or secrets.clean(text) != text:
            held += [] if what in held else [what]
    if not held:
        return ()
    return (
        CallWarning(
            "private_id",
            f"The {' and the '.join(held)} may hold something private. Names of calls and files "
            f"are "
            "never changed: rename the recording, or give it another call_id, and run again.",
            severity=Severity.WARNING,
        ),
    )


def _parts(name: str) -> list[str]:
    """The words of a file's name."""
    stem = name.rsplit(".", 1)[0] if "@" not in name else name
    return stem.replace("_", " ").split()
