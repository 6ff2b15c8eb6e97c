"""How the customer's tension went over the call, and what the agent said where it fell most."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from callcoach.config.language import ArcConfig
from callcoach.model.language import TensionArc, TensionPoint, Utterance
from callcoach.model.party import Role
from callcoach.model.voice import TurnTension
from callcoach.text.quotes import readable


def tension_arc(
    tensions: Sequence[TurnTension], utterances: Sequence[Utterance], config: ArcConfig
) -> TensionArc | None:
    """The customer's tension at the start, at its (first) peak and at the end.

    ``turned_by`` is the longest agent turn between the two customer turns between which the
    tension fell most: what was said before it fell, which need not be why.

    Returns
    -------
    TensionArc or None
        ``None`` with tension in fewer than ``config.min_turns`` turns.
    """
    place = {turn.id: index for index, turn in enumerate(utterances)}
    known = sorted((t for t in tensions if t.turn in place), key=lambda t: place[t.turn])
    if len(known) < config.min_turns:
        return None
    points = [
        TensionPoint(
            t.turn, t.tension, readable(utterances[place[t.turn]].text, config.quote_words)
        )
        for t in known
    ]
    falls = []
    for before, after in pairwise(points):
        between = utterances[place[before.turn] + 1 : place[after.turn]]
        said = [turn for turn in between if turn.role is Role.AGENT and turn.text.strip()]
        fall = before.tension - after.tension
        if said and fall >= config.least_fall:
            falls.append((fall, max(said, key=lambda turn: len(turn.text.split()))))
    turn = max(falls, key=lambda item: item[0])[1] if falls else None
    return TensionArc(
        start=points[0],
        peak=max(points, key=lambda point: point.tension),
        end=points[-1],
        turned_by=None if turn is None else turn.id,
        turned_by_quote=None if turn is None else readable(turn.text, config.quote_words),
    )
