"""One view of a call for coaching: who is who, what was said after what, how far to trust it.

The stages store what they found by turn. The measures ask for more: which concern was answered
where, which agent turns came after it, in which of them the agent cut in. All of that is worked
out here, once, from the analysis alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from callcoach.call import CallAnalysis, OverlapEvent, OverlapKind, Party
from callcoach.coaching.unscored import NO_AGENT, with_sure_roles
from callcoach.delivery import PHRASE_BOOK, Composure, TurnTension, VoiceMeasures
from callcoach.floor import PartyListening
from callcoach.language import Concern, Response, ResponseKind, TurnActs
from callcoach.role import Role
from callcoach.role_check import UNSCORED
from callcoach.timeline import Span
from callcoach.trust import trust_in

NOT_MEASURED = "this part of the analysis is missing"
"""Why something is ``None`` where no stage left a reason."""


@dataclass(frozen=True)
class Said(Span):
    """What a party says in one go: its turns until the other says more than a listener's word.

    ``place`` is its position among all of them, ``turns`` the ids of the turns that it is made of;
    ``id`` is the first of these. ``listens`` is true for a turn that only shows that its speaker
    follows.
    """

    id: str
    role: Role
    text: str
    place: int
    turns: tuple[str, ...]
    listens: bool


@dataclass(frozen=True)
class VoicedConcern:
    """A concern with where it was voiced and what became of it.

    ``response`` is ``None`` where the answer was not heard. ``answers`` are the agent turns that
    the response is about, ``later`` those after them; turns that only listen are in neither, and
    there are none where the answer was not heard.
    ``cuts`` are the agent's interruptions of the concern, ``None`` where speaking at once was not
    measured.
    """

    concern: Concern
    said: Said
    response: Response | None
    answers: tuple[Said, ...]
    later: tuple[Said, ...]
    cuts: tuple[OverlapEvent, ...] | None

    @property
    def kinds(self) -> frozenset[ResponseKind]:
        """What the agent did with it, empty without an answer."""
        return frozenset(self.response.kinds if self.response else ())


@dataclass(frozen=True)
class CallFacts:
    """What coaching knows about a call.

    ``agent`` and ``customer`` are party ids, ``None`` where it is not known who is who: then all
    measures are ``None``. ``said`` is in order. ``concerns``, ``acts`` (by the id of what was
    said), ``overlaps`` (the agent's comings-in) and ``tensions`` (of the customer, by the id of
    what was said; the most of its turns) are ``None`` where not measured. ``agent_trust`` and
    ``customer_trust`` (0..1) say how good the recording of each of them is.
    """

    analysis: CallAnalysis
    agent: str | None
    customer: str | None
    said: tuple[Said, ...]
    by_turn: Mapping[str, Said]
    concerns: tuple[VoicedConcern, ...] | None
    acts: Mapping[str, TurnActs] | None
    overlaps: tuple[OverlapEvent, ...] | None
    tensions: Mapping[str, TurnTension] | None
    agent_trust: float
    customer_trust: float

    @property
    def duration_s(self) -> float:
        """Length of the recording in seconds."""
        return self.analysis.call.duration_s

    @property
    def why_nobody(self) -> str:
        """Why nobody is known to be the agent."""
        reasons = (item.reason for item in self.analysis.unmeasured)
        return next((reason for reason in reasons if reason in UNSCORED), NO_AGENT)

    @property
    def trust(self) -> float:
        """Trust in what needs both parties, 0..1."""
        return min(self.agent_trust, self.customer_trust)

    @property
    def agent_said(self) -> tuple[Said, ...]:
        """What the agent said, listening left out."""
        return tuple(s for s in self.said if s.role is Role.AGENT and not s.listens)

    @property
    def agent_voice(self) -> VoiceMeasures | None:
        """How the agent's voice was."""
        return next((v for v in self.analysis.voice if v.speaker == self.agent), None)

    @property
    def composure(self) -> Composure | None:
        """What the agent's voice did after tense turns."""
        return self.analysis.composure

    def listening(self, speaker: str | None) -> PartyListening | None:
        """What a party did with the floor, ``None`` where that was not measured."""
        listening = self.analysis.listening
        return None if listening is None or speaker is None else listening.party(speaker)

    def speech_s(self, speaker: str | None) -> float:
        """Seconds of a party's speech."""
        return sum(p.speech_s for p in self.analysis.call.parties if p.id == speaker)

    def after(self, said: Said) -> tuple[Said, ...]:
        """What the agent said after something, listening left out."""
        return tuple(s for s in self.agent_said if s.place > said.place)

    def before(self, said: Said) -> Said | None:
        """What the customer had said before something, listening left out where there is more."""
        earlier = [s for s in self.said[: said.place] if s.role is Role.CUSTOMER]
        return next(
            (s for s in reversed(earlier) if not s.listens), earlier[-1] if earlier else None
        )

    def kinds(self, said: Said) -> frozenset[ResponseKind]:
        """The response kinds heard in an agent's turn."""
        act = (self.acts or {}).get(said.id)
        return frozenset(act.kinds if act else ())

    def quote(self, said: Said, *kinds: ResponseKind) -> str | None:
        """The words of a turn that are of the first of some kinds that is there."""
        act = (self.acts or {}).get(said.id)
        if act is None:
            return None
        heard = dict(zip(act.kinds, act.fired, strict=True))
        return next((heard[kind].quote for kind in kinds if kind in heard), None)

    def at(self, span: Span, speaker: str | None) -> Said | None:
        """What a party was saying in a stretch of time, by the most shared time."""
        role = Role.AGENT if speaker == self.agent else Role.CUSTOMER
        near = [s for s in self.said if s.role is role and s.overlap_s(span) > 0]
        return max(near, key=lambda s: s.overlap_s(span), default=None)

    @property
    def no_book(self) -> str | None:
        """Why no rule about words holds, ``None`` where the phrase book knows the language."""
        return no_book(self.analysis)

    def why_missing(self, *parts: str) -> str:
        """Why parts of the analysis are ``None``, in the words of the stage that left them out."""
        reasons = {item.measure: item.reason for item in self.analysis.unmeasured}
        return next((reasons[part] for part in parts if part in reasons), NOT_MEASURED)


def facts_of(analysis: CallAnalysis) -> CallFacts:
    """Work out the facts of a call; its scorecard and findings are not looked at.

    What joins turns, what only listens, which turns answer a concern and how far the recording is
    trusted are as the analysis has them.
    """
    analysis = with_sure_roles(analysis)
    agent = _party(analysis, Role.AGENT)
    customer = _party(analysis, Role.CUSTOMER)
    said: tuple[Said, ...] = ()
    if agent is not None and customer is not None:
        said = _said(analysis)
    by_turn = {turn: item for item in said for turn in item.turns}
    own = None
    if analysis.overlaps is not None and agent is not None:
        own = tuple(o for o in analysis.overlaps if o.incomer == agent.id)
    known = agent is not None and customer is not None
    return CallFacts(
        analysis=analysis,
        agent=agent.id if agent and known else None,
        customer=customer.id if customer and known else None,
        said=said,
        by_turn=by_turn,
        concerns=_concerns(analysis, said, by_turn, own),
        acts=_acts(analysis, by_turn),
        overlaps=own,
        tensions=_tensions(analysis, by_turn),
        agent_trust=trust_in(analysis, agent.id if agent else None),
        customer_trust=trust_in(analysis, customer.id if customer else None),
    )


def no_book(analysis: CallAnalysis) -> str | None:
    """Why the phrase book cannot be used on a call, ``None`` where it can."""
    reasons = (item.reason for item in analysis.unmeasured if item.measure == PHRASE_BOOK)
    return next(reasons, None)


def _party(analysis: CallAnalysis, role: Role) -> Party | None:
    """The one party with a role; two agents are nobody in particular."""
    parties = [party for party in analysis.call.parties if party.role is role]
    return parties[0] if len(parties) == 1 else None


def _said(analysis: CallAnalysis) -> tuple[Said, ...]:
    roles = {party.id: party.role for party in analysis.call.parties}
    turns = {turn.id: turn for turn in analysis.turns}
    result: list[Said] = []
    for item in analysis.utterances or ():
        parts = [turns[name] for name in item.turns]
        role = roles.get(parts[0].speaker, Role.UNKNOWN)
        if role is Role.UNKNOWN:
            continue
        result.append(
            Said(
                parts[0].start_s,
                max(turn.end_s for turn in parts),
                item.id,
                role,
                " ".join(turn.text for turn in parts),
                len(result),
                item.turns,
                item.listens,
            )
        )
    return tuple(result)


def _concerns(
    analysis: CallAnalysis,
    said: Sequence[Said],
    by_turn: Mapping[str, Said],
    overlaps: Sequence[OverlapEvent] | None,
) -> tuple[VoicedConcern, ...] | None:
    if analysis.concerns is None or analysis.responses is None:
        return None
    responses = {response.concern: response for response in analysis.responses}
    agent = [s for s in said if s.role is Role.AGENT and not s.listens]
    result = []
    for concern in analysis.concerns:
        where = by_turn.get(concern.turn)
        if where is None:
            continue
        response = responses.get(concern.id)
        after = [s for s in agent if s.place > where.place] if response else []
        answers = response.answers if response else ()
        result.append(
            VoicedConcern(
                concern,
                where,
                response,
                tuple(s for s in after if s.id in answers),
                tuple(s for s in after if s.id not in answers),
                None if overlaps is None else _cuts(where, overlaps),
            )
        )
    return tuple(result)


def _cuts(said: Said, overlaps: Sequence[OverlapEvent]) -> tuple[OverlapEvent, ...]:
    """Interruptions that fall into a turn; one in a pause may only touch its end."""
    cutting = [o for o in overlaps if o.kind is OverlapKind.INTERRUPTION]
    return tuple(o for o in cutting if o.start_s <= said.end_s and o.end_s > said.start_s)


def _acts(analysis: CallAnalysis, by_turn: Mapping[str, Said]) -> Mapping[str, TurnActs] | None:
    if analysis.acts is None:
        return None
    return {by_turn[act.turn].id: act for act in analysis.acts if act.turn in by_turn}


def _tensions(
    analysis: CallAnalysis, by_turn: Mapping[str, Said]
) -> Mapping[str, TurnTension] | None:
    if analysis.tension is None:
        return None
    result: dict[str, TurnTension] = {}
    for tension in analysis.tension:
        said = by_turn.get(tension.turn)
        if said is None:
            continue
        other = result.get(said.id)
        if other is None or tension.tension > other.tension:
            result[said.id] = tension
    return result
