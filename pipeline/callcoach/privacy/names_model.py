"""A spaCy pipeline that finds names of people, where one is installed and named in the settings."""

from __future__ import annotations

from functools import cache
from typing import Any

from callcoach.config.privacy import RedactionConfig
from callcoach.errors import WeightsError
from callcoach.privacy.detectors import NameFinder

_PEOPLE = frozenset(("PERSON", "PER"))


class SpacyNames:
    """Names of people as a spaCy pipeline finds them; see :class:`NameFinder`."""

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline

    def names(self, text: str) -> tuple[tuple[int, int], ...]:
        """Where names of people are, as ``(start, end)`` in characters."""
        found = self._pipeline(text).ents
        return tuple((e.start_char, e.end_char) for e in found if e.label_ in _PEOPLE)


def name_finder(config: RedactionConfig) -> NameFinder | None:
    """The configured model, ``None`` where none is configured; loaded once per process.

    Raises
    ------
    WeightsError
        If it is configured and cannot be loaded.
    """
    return _loaded(config.names_model) if config.on and config.names_model else None


@cache
def _loaded(name: str) -> NameFinder:
    try:
        import spacy

        return SpacyNames(spacy.load(name))
    except (ImportError, OSError, ValueError) as error:
        raise WeightsError(
            f"the model for names {name!r} (names_model under [redaction]) cannot be loaded: "
            f"install "
            "spaCy and the pipeline, or leave names_model empty"
        ) from error
