"""A named measure, and the forms that its results take."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from callcoach.coaching.facts import CallFacts, CoachedUtterance
from callcoach.config.measures import MeasuresConfig
from callcoach.model.coaching import Evidence, FindingKind, Measurement, Verdict
from callcoach.model.party import Role
from callcoach.model.timeline import Span
from callcoach.text.quotes import readable

NO_WORDS = "nothing that the agent said was understood"

STRENGTH = Verdict.STRENGTH
OPPORTUNITY = Verdict.OPPORTUNITY


@dataclass(frozen=True)
class Measure:
    """A measure that practices can be scored by.

    ``unit`` is what the value is given in, ``text`` says in words what it is, ``kind`` how sure
    it can be. ``none`` says in words what a value of 0 means; empty where nobody asks.
    """

    name: str
    unit: str
    text: str
    kind: FindingKind
    evaluator: Callable[[MeasureContext], Measurement]
    none: str = ""

    def evaluate(self, facts: CallFacts, config: MeasuresConfig) -> Measurement:
        """Its value in a call."""
        return self.evaluator(MeasureContext(self.name, self.kind, facts, config))


class CallMeasures(Mapping[str, Measurement]):
    """All measures of a call by name, in the order of the catalogue."""

    def __init__(self, items: Sequence[Measurement]) -> None:
        self._items = {item.name: item for item in items}

    def __getitem__(self, name: str) -> Measurement:
        return self._items[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)


@dataclass(frozen=True)
class MeasureContext:
    """What an evaluator works with: the facts, the settings, the name to fill in.

    Its methods are the results that an evaluator can have and the evidence that goes with them.
    """

    name: str
    kind: FindingKind
    facts: CallFacts
    config: MeasuresConfig

    def value(
        self,
        value: float,
        support: float,
        confidences: Sequence[float],
        evidence: Sequence[Evidence] = (),
        trust: float | None = None,
    ) -> Measurement:
        """A value, as sure as the mean of what was judged, times the trust in the recording.

        Without anything judged it is as sure as that nothing was there
        (``unheard_confidence``). ``trust`` is that of both channels where it is not given.
        """
        sure = (
            sum(confidences) / len(confidences) if confidences else self.config.unheard_confidence
        )
        return Measurement(
            self.name,
            round(value, 6),
            None,
            support,
            self.kind,
            round(sure * (self.facts.trust if trust is None else trust), 4),
            evidence=tuple(evidence),
        )

    def missing(self, reason: str) -> Measurement:
        """Not measured."""
        return Measurement(self.name, None, reason, 0.0, self.kind, 0.0)

    def nothing(self, reason: str) -> Measurement:
        """There was nothing to judge."""
        sure = round(self.config.unheard_confidence * self.facts.trust, 4)
        return Measurement(self.name, None, reason, 0.0, self.kind, sure, applies=False)

    def lacks(self, *parts: str, words: bool = True) -> Measurement | None:
        """A result without value where the agent or a part of the analysis is missing.

        ``parts`` are fields of the analysis; ``words`` asks for something the agent said.
        """
        if self.facts.agent is None:
            return self.missing(self.facts.why_nobody)
        for part in parts:
            if getattr(self.facts.analysis, part) is None:
                return self.missing(self.facts.why_missing(part))
        if words and not self.facts.agent_said:
            return self.missing(NO_WORDS)
        return self.lacks_book() if words else None

    def lacks_book(self) -> Measurement | None:
        """A result without value where the phrase book does not know the call's language."""
        reason = self.facts.no_book
        return None if reason is None else self.missing(reason)

    def moment(
        self,
        verdict: Verdict,
        code: str,
        said: CoachedUtterance | None,
        *,
        span: Span | None = None,
        quote: str | None = None,
        before: str | None = None,
        value: float | None = None,
        limit: float | None = None,
        weight: float = 0.5,
        confidence: float = 1.0,
    ) -> Evidence:
        """A moment as evidence.

        ``said`` is whose turn it is; it gives the span and the quote where these are left out.
        Confidence is multiplied by the trust in the recording. Without ``said`` it is the agent's.
        """
        where = span or said
        if where is None:
            raise ValueError("a moment needs a turn or a span")
        customer = said is not None and said.role is Role.CUSTOMER
        words = quote or (said.text if said else None)
        return Evidence(
            where.start_s,
            where.end_s,
            measure=self.name,
            code=code,
            verdict=verdict,
            speaker=(self.facts.customer if customer else self.facts.agent) or "",
            turn=said.id if said else None,
            quote=readable(words, self.config.quote_words) if words else None,
            before=readable(before, self.config.quote_words) if before else None,
            value=None if value is None else round(value, 6),
            limit=limit,
            weight=round(min(1.0, max(0.0, weight)), 4),
            confidence=round(min(1.0, max(0.0, confidence * self.facts.trust)), 4),
        )
