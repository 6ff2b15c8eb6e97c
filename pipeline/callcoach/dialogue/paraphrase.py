"""Paraphrases: turns in which the listener gives back what the other said.

Every clause of a turn, and the turn as a whole, is measured (:mod:`.paraphrase_features`) and
scored by a logistic function with one weight for each feature; the best one is the turn's score
and its quote. That score is joined with how likely a clause of the turn is to give something back
by its own words, learnt from the examples of the phrase book. A short turn that repeats a number, a
name, a date or an address is a detail that is read back: counted apart, and kept below the
threshold.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields

from callcoach.dialogue.clauses import clauses
from callcoach.dialogue.meaning import Encoder
from callcoach.dialogue.paraphrase_features import (
    Features,
    Said,
    call_rarity,
    listened,
    measure,
    reads_back,
    said,
    texts,
)
from callcoach.dialogue.phrasebook import Matcher
from callcoach.dialogue.phrases import heard, plain
from callcoach.dialogue.sureness import from_log_odds, log_odds
from callcoach.language import Paraphrase, ParaphraseKind, ResponseKind, Utterance
from callcoach.role import Role
from callcoach.settings.paraphrase import ParaphraseConfig
from callcoach.settings.weighing import ParaphraseWeights

_NOT = frozenset("not no never nobody nothing none neither without cannot".split())


@dataclass(frozen=True)
class Scored:
    """How much a turn gives back, 0..1, and what of: the best clause and what it is nearest to.

    ``position`` and ``restates`` are places in the sequence of utterances.
    """

    position: int
    restates: int
    score: float
    kind: ParaphraseKind
    quote: str
    restated: str
    features: Features


def paraphrase_scores(
    utterances: Sequence[Utterance],
    encoder: Encoder,
    config: ParaphraseConfig,
    weights: ParaphraseWeights,
    listener: Role = Role.AGENT,
    book: Matcher | None = None,
) -> tuple[Scored | None, ...]:
    """Score every turn of the listener against the others' turns before it.

    Parameters
    ----------
    utterances
        The turns of a call in order.
    encoder
        Gives the meaning of texts.
    config
        Window and words.
    weights
        What each feature weighs.
    listener
        Whose turns are judged; all other turns are what can be given back. For two speakers
        without roles call it twice, each time with one of them as the listener.
    book
        Its examples of giving back take part; ``None`` leaves the comparison of turns alone.

    Returns
    -------
    tuple of Scored or None
        One for each utterance; ``None`` for the others' turns, for turns of listener words, and
        where nothing was said before.
    """
    encoder.encode([text for turn in utterances for text in texts(turn.text)])
    turns = [said(turn.text, encoder) for turn in utterances]
    rare = call_rarity(turns)
    likely = _likely(utterances, listener, book)
    result: list[Scored | None] = []
    window: list[int] = []
    for position, (utterance, turn) in enumerate(zip(utterances, turns, strict=True)):
        scored = None
        if utterance.role is listener:
            if window and turn.words and not listened(turn, config):
                adjacent = utterances[position - 1].role is not listener
                asked = _last_question(utterances, turns, position, listener)
                share = likely[position]
                scored = _score(
                    position, turns, window, rare, asked, adjacent, share, config, weights
                )
        elif not listened(turn, config):
            window = [*window, position][-config.window :]
        result.append(scored)
    return tuple(result)


def gives_back(scored: Scored, config: ParaphraseConfig) -> bool:
    """Whether the score alone makes a turn a paraphrase.

    Not where it reads back a detail or repeats the other's very words without turning them round.
    """
    if scored.kind is ParaphraseKind.CONFIRM_DETAIL:
        return False
    echoed = scored.features.echo > 0 and not scored.features.you
    return not echoed and scored.score >= config.threshold


def find_paraphrases(
    utterances: Sequence[Utterance],
    scores: Sequence[Scored | None],
    given_back: Collection[str],
    config: ParaphraseConfig,
    listener: Role = Role.AGENT,
) -> tuple[Paraphrase, ...]:
    """The turns that give back what the other said, and the details that are read back.

    Parameters
    ----------
    utterances
        The turns of a call in order.
    scores
        Those of :func:`paraphrase_scores`, one for each turn.
    given_back
        Ids of the turns that are paraphrases; details read back are found by their kind.
    config
        What agrees and what corrects.
    listener
        Whose turns are judged.

    Returns
    -------
    tuple of Paraphrase
        In order. ``confidence`` (0..1) is the score, lowered where the words of either turn are
        uncertain; it is no probability.
    """
    found = []
    for scored in scores:
        if scored is None:
            continue
        turn, other = utterances[scored.position], utterances[scored.restates]
        detail = scored.kind is ParaphraseKind.CONFIRM_DETAIL
        if not detail and turn.id not in given_back:
            continue
        sure = min(1.0 if t.certainty is None else t.certainty for t in (turn, other))
        found.append(
            Paraphrase(
                turn=turn.id,
                restates_turn=other.id,
                score=round(scored.score, 4),
                kind=scored.kind,
                confirmed_by_customer=_confirmed(utterances, scored, listener, config),
                quote=scored.quote,
                restated=scored.restated,
                confidence=round(sure * (config.detail_confidence if detail else scored.score), 4),
            )
        )
    return tuple(found)


def _score(
    position: int,
    turns: Sequence[Said],
    window: Sequence[int],
    rare: dict[str, float],
    asked: str,
    adjacent: bool,
    share: float | None,
    config: ParaphraseConfig,
    weights: ParaphraseWeights,
) -> Scored:
    turn = turns[position]
    others = [turns[index] for index in window]
    best: tuple[float, int, Features] | None = None
    for unit in range(len(turn.units)):
        row = measure(turn, unit, others, rare, adjacent, config)
        score = _logistic(row, weights)
        if best is None or score > best[0]:
            best = (score, unit, row)
    assert best is not None  # a turn with words has a unit
    score, unit, row = best
    if share is not None:
        score = _joined(score, share, config.book_weight)
    quote = turn.units[unit]
    similar = [max(float((other.rows @ turn.rows[unit]).max()), 0.0) for other in others]
    place = max(range(len(others)), key=lambda index: (similar[index], index))
    nearest = int((others[place].rows[: others[place].clauses] @ turn.rows[unit]).argmax())
    kind = _kind(turn, quote, others, row, config)
    if reads_back(turn, others, asked, config):
        kind, score, quote = ParaphraseKind.CONFIRM_DETAIL, score * config.threshold, turn.units[0]
    return Scored(position, window[place], score, kind, quote, others[place].units[nearest], row)


def _logistic(row: Features, weights: ParaphraseWeights) -> float:
    total = weights.offset + sum(
        weights.weights[field.name] * getattr(row, field.name) for field in fields(row)
    )
    return from_log_odds(total)


def _likely(
    utterances: Sequence[Utterance], listener: Role, book: Matcher | None
) -> list[float | None]:
    """How likely each of the listener's turns gives something back, by its own words."""
    if book is None:
        return [None] * len(utterances)
    parts = [clauses(u.text) if u.role is listener else () for u in utterances]
    book.read("response", (part for own in parts for part in own))
    shares = (
        [one.get(ResponseKind.PARAPHRASE) for one in book.all_shares("response", own)]
        for own in parts
    )
    return [max((s for s in own if s is not None), default=None) for own in shares]


def _joined(score: float, share: float, weight: float) -> float:
    """The mean of the log odds of both, the second with a weight."""
    odds = (log_odds(score) + weight * log_odds(share)) / (1 + weight)
    return from_log_odds(odds)


def _kind(
    turn: Said, quote: str, others: Sequence[Said], row: Features, config: ParaphraseConfig
) -> ParaphraseKind:
    if heard(turn.text, config.summary_frames):
        return ParaphraseKind.SUMMARISE
    if row.feeling and (row.you or heard(quote, config.feeling_frames)):
        return ParaphraseKind.REFLECT_FEELING
    # More than one turn is given back when two of them share words with it that no other has.
    sources = [set(other.content) & set(turn.content) for other in others]
    alone = [own - {w for other in sources if other is not own for w in other} for own in sources]
    if sum(len(words) >= config.summary_words for words in alone) > 1:
        return ParaphraseKind.SUMMARISE
    return ParaphraseKind.RESTATE


def _last_question(
    utterances: Sequence[Utterance], turns: Sequence[Said], position: int, listener: Role
) -> str:
    """The last clause of the listener's turn before this one: what the other was asked."""
    for index in range(position - 1, -1, -1):
        if utterances[index].role is listener and turns[index].words:
            return turns[index].units[max(0, turns[index].clauses - 1)]
    return ""


def _confirmed(
    utterances: Sequence[Utterance], scored: Scored, listener: Role, config: ParaphraseConfig
) -> bool | None:
    """What the next turn of the other says to it; ``None`` where it says neither yes nor no."""
    reply = next((u for u in utterances[scored.position + 1 :] if u.role is not listener), None)
    if reply is None:
        return None
    turn = utterances[scored.position].text
    # "Is the water still running? - Yes": that answers the question, not the paraphrase.
    after = plain(turn).rpartition(plain(scored.quote))[2]
    if heard(after, ("what", "how", "when", "where", "who", "which", "why")):
        return None
    words = plain(reply.text).split()
    opening = " ".join(words[: config.reply_words])
    if heard(opening, config.corrections):
        return False
    if words[:1] in (["no"], ["nope"], ["not"]):
        # "You could not come in? - No." agrees.
        return any(w in _NOT or w.endswith("n't") for w in plain(scored.quote).split())
    return True if heard(opening, config.agreements) else None
