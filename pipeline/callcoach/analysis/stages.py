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

    def cached(
        self,
        name: str,
        result_type: type[T],
        compute: Callable[[], T],
        *,
        inputs: tuple[object, ...],
        contains_text: bool = False,
    ) -> T:
        """Carry a stage out, or give what it gave before for the same inputs.

        Parameters
        ----------
        name
            Name of the stage.
        result_type
            The dataclass that it gives.
        compute
            Carries it out.
        inputs
            Everything that the result depends on beside the code: dataclasses, settings, models.
        contains_text
            Whether the result holds what was said.
        """
        ...


class PlainStages:
    """Carries every stage out, and keeps nothing."""

    def run(self, name: str, make: Callable[[], T]) -> T:
        """See :class:`Stages`."""
        return make()

    def cached(
        self,
        name: str,
        result_type: type[T],
        compute: Callable[[], T],
        *,
        inputs: tuple[object, ...],
        contains_text: bool = False,
    ) -> T:
        """See :class:`Stages`."""
        return compute()


PLAIN = PlainStages()
