"""Everything private in a conversation, each word with the one kind that fits best."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Protocol

from callcoach.config.privacy import RedactionConfig
from callcoach.model.private import PrivateKind
from callcoach.privacy.addresses import find_addresses
from callcoach.privacy.conversation import Conversation, ConversationLine, Private, conversation
from callcoach.privacy.cues import Cues
from callcoach.privacy.dates import find_births
from callcoach.privacy.digits import find_digits
from callcoach.privacy.emails import find_emails
from callcoach.privacy.names import find_names, find_names_before
from callcoach.privacy.numbers import find_numbers
from callcoach.privacy.runs import find_runs
from callcoach.text.spoken_numbers import BETWEEN


class NameFinder(Protocol):
    """A model that finds names of people in a text."""

    def names(self, text: str) -> Sequence[tuple[int, int]]:
        """Where names are, as ``(start, end)`` in characters."""
        ...


def find_private(
    lines: Iterable[ConversationLine],
    config: RedactionConfig,
    finder: NameFinder | None = None,
    *,
    english: bool = True,
) -> tuple[Private, ...]:
    """What is private in a call, in order of its first word; no word is in two of them.

    Parameters
    ----------
    lines
        The turns in order of time. What the agent asks decides what an answer is.
    config
        Which kinds are looked for, and the limits.
    finder
        Finds more names; ``None`` leaves it at names told by what is said around them.
    english
        Whether all of it is English. Elsewhere every long number is private, because nobody knows
        what it is.

    >>> line = ConversationLine("customer", False, "My card is 4111 1111 1111 1111, thanks.")
    >>> [(found.kind.value, len(found.places)) for found in find_private([line], RedactionConfig())]
    [('card number', 4)]
    """
    call = conversation(lines)
    cues = Cues(call, config.private_numbers, config.kept_numbers)
    emails = find_emails(call, cues)
    cues.learn(PrivateKind.EMAIL, [private.places[-1] for private in emails])
    found: list[Private] = [
        *emails,
        *find_births(call, cues, config),
        *find_addresses(call, cues),
        *find_numbers(call, find_runs(call), cues, config),
        *find_names(call, cues, config),
    ]
    found += find_names_before(call, tuple(found))
    if finder is not None:
        found += _by_model(call, finder)
    if not english:
        found += find_digits(call, config.echo_signs)
    return _settled(call, found, frozenset(config.kinds))


def _by_model(call: Conversation, finder: NameFinder) -> list[Private]:
    result = []
    for turn, (line, own) in enumerate(zip(call.lines, call.tokens, strict=True)):
        if line.agent or not own:
            continue
        starts, at = [], 0
        for token in own:
            at = line.text.index(token.text, at)
            starts.append((at, at + len(token.text)))
            at += len(token.text)
        for start, end in finder.names(line.text):
            places = tuple(
                (turn, place) for place, (a, b) in enumerate(starts) if a < end and start < b
            )
            if places:
                result.append(Private(PrivateKind.NAME, places))
    return result


def _settled(
    call: Conversation, found: Iterable[Private], kinds: frozenset[PrivateKind]
) -> tuple[Private, ...]:
    """Each word in one find alone: the first that claims it has it."""
    taken: set[tuple[int, int]] = set()
    result = []
    for private in found:
        if private.kind not in kinds:
            continue
        places = tuple(place for place in private.places if place not in taken)
        if places and places[0] != private.places[0]:  # "21 May 1990 [and] M14 6GH"
            joints = (call.tokens[turn][place].plain in BETWEEN for turn, place in places)
            places = places[sum(itertools.takewhile(bool, joints)) :]
        if places:
            taken |= set(places)
            result.append(Private(private.kind, places))
    return tuple(sorted(result, key=lambda private: private.places[0]))
