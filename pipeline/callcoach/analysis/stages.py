"""The stages of an analysis, as whoever runs it sees them: timed, and kept for another time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Stages(Protocol):
    """Carries out the stages of one call."""

    def run(self, name: str, make: Callable[[], T]) -> T:
        """Carry a stage out."""
        ...

    def keep(
        self,
        name: str,
        form: type[T],
        make: Callable[[], T],
        *,
        inputs: tuple[object, ...],
        words: bool = False,
    ) -> T:
        """Carry a stage out, or give what it gave before for the same inputs.

        Parameters
        ----------
        name
            Name of the stage.
        form
            The dataclass that it gives.
        make
            Carries it out.
        inputs
            Everything that the result depends on beside the code: dataclasses, settings, models.
        words
            Whether the result holds what was said.
        """
        ...


class PlainStages:
    """Carries every stage out, and keeps nothing."""

    def run(self, name: str, make: Callable[[], T]) -> T:
        """See :class:`Stages`."""
        return make()

    def keep(
        self,
        name: str,
        form: type[T],
        make: Callable[[], T],
        *,
        inputs: tuple[object, ...],
        words: bool = False,
    ) -> T:
        """See :class:`Stages`."""
        return make()


PLAIN = PlainStages()
