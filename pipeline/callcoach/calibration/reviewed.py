"""What people said in the review app, as scores to compare with and as opinions to count.

The machine's findings are judged one by one: of those that people looked at, how many did they
agree with? This is the precision of what was found; what was missed nobody counted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from callcoach.calibration.human import HumanScore, HumanScores
from callcoach.calibration.resample import wilson
from callcoach.config.calibration import CalibrationConfig
from callcoach.model.coaching import OVERALL, FindingKind
from callcoach.model.reviews import CallReviews, FindingReview, Opinion, ReviewRole, ScoreReview


@dataclass(frozen=True)
class ReviewScores:
    """People's scores from reviews: ``blind`` were given before the report was opened.

    ``all`` has those too that were given after it, ``after`` counts these.
    """

    all: HumanScores
    blind: HumanScores
    after: int


@dataclass(frozen=True)
class Precision:
    """How often people agreed with the findings of one sort.

    ``practice`` and ``code`` are ``None`` in the sum over all of them. ``agree`` and ``disagree``
    count findings, each by the majority of the coaches and QA people who looked at it;
    ``undecided`` those on which they were unsure or even. ``share`` (0..1) is that of ``agree`` in
    the decided ones, with the ends of Wilson's interval; ``None`` where there are too few.
    ``agents_agree`` and ``agents_disagree`` count the opinions of agents on their own calls, which
    are not in the share.
    """

    practice: str | None
    code: str | None
    kind: FindingKind | None
    agree: int
    disagree: int
    undecided: int
    share: float | None
    low: float | None
    high: float | None
    agents_agree: int
    agents_disagree: int


@dataclass(frozen=True)
class Opinions:
    """The precision of findings: the sum first, then by practice, each with its codes.

    ``gone`` counts opinions on findings that the calls no longer have: they are left out.
    """

    rows: tuple[Precision, ...]
    gone: int
    confidence: float


def review_scores(
    reviews: Mapping[str, CallReviews], practices: Collection[str], calls: Collection[str]
) -> ReviewScores:
    """The scores that coaches and QA people gave; the latest of each person counts.

    Parameters
    ----------
    reviews
        Reviews by call.
    practices
        Ids of practices with a score of the machine; others are left out, but ``overall``.
    calls
        The calls there are to compare with; the others are told in the result.
    """
    known = {*practices, OVERALL}
    latest: dict[tuple[str, str, str], ScoreReview] = {}
    for call in reviews.values():
        for review in call.scores:
            if review.practice in known and review.role is not ReviewRole.AGENT:
                key = (review.call_id, review.practice, review.reviewer.casefold())
                if key not in latest or latest[key].at <= review.at:
                    latest[key] = review
    spelling: dict[str, str] = {}
    every, blind, unknown = [], [], set()
    for (call_id, practice, name), review in sorted(latest.items()):
        if call_id not in calls:
            unknown.add(call_id)
            continue
        rater = spelling.setdefault(name, review.reviewer)
        score = HumanScore(call_id, rater, practice, review.score)
        every.append(score)
        if not review.seen:
            blind.append(score)
    outside = tuple(sorted(unknown))
    return ReviewScores(
        HumanScores(tuple(every), outside), HumanScores(tuple(blind)), len(every) - len(blind)
    )


def joined(first: HumanScores, more: HumanScores) -> HumanScores:
    """Scores of both; where a person scored the same in both, the first ones count."""
    names = {score.rater.casefold(): score.rater for score in first.scores}
    there = {(s.call_id, s.practice, s.rater) for s in first.scores}
    renamed = [replace(s, rater=names.get(s.rater.casefold(), s.rater)) for s in more.scores]
    new = [s for s in renamed if (s.call_id, s.practice, s.rater) not in there]
    return HumanScores(
        (*first.scores, *new),
        tuple(sorted({*first.unknown_calls, *more.unknown_calls})),
        (*first.notes, *more.notes),
    )


def opinions_of(
    reviews: Mapping[str, CallReviews],
    findings: Mapping[str, Collection[str]],
    config: CalibrationConfig,
) -> Opinions:
    """Count opinions on the findings that the calls have now.

    Parameters
    ----------
    reviews
        Reviews by call.
    findings
        The keys of each call's findings.
    config
        Confidence and the fewest findings for an interval (``min_interval_calls``).
    """
    given: dict[tuple[str, str], list[FindingReview]] = {}
    gone = 0
    for call_id, call in reviews.items():
        for review in call.findings:
            if review.finding in findings.get(call_id, ()):
                given.setdefault((call_id, review.finding), []).append(review)
            else:
                gone += 1
    if not given:
        return Opinions((), gone, config.confidence)
    by_practice: dict[str, dict[tuple[str, FindingKind], list[list[FindingReview]]]] = {}
    for said in given.values():
        about = said[-1].about
        codes = by_practice.setdefault(about.practice, {})
        codes.setdefault((about.code, about.kind), []).append(said)
    rows = [_precision(None, None, None, list(given.values()), config)]
    for practice, codes in sorted(by_practice.items()):
        every = [said for group in codes.values() for said in group]
        rows.append(_precision(practice, None, None, every, config))
        rows += [
            _precision(practice, code, kind, group, config)
            for (code, kind), group in sorted(codes.items())
        ]
    return Opinions(tuple(rows), gone, config.confidence)


def _precision(
    practice: str | None,
    code: str | None,
    kind: FindingKind | None,
    findings: list[list[FindingReview]],
    config: CalibrationConfig,
) -> Precision:
    """The numbers of some findings, each with the opinions on it."""
    agree = disagree = undecided = agents_agree = agents_disagree = 0
    for said in findings:
        ours = [one.opinion for one in said if one.role is not ReviewRole.AGENT]
        agents = [one.opinion for one in said if one.role is ReviewRole.AGENT]
        agents_agree += agents.count(Opinion.AGREE)
        agents_disagree += agents.count(Opinion.DISAGREE)
        balance = ours.count(Opinion.AGREE) - ours.count(Opinion.DISAGREE)
        agree += balance > 0
        disagree += balance < 0
        undecided += bool(ours) and balance == 0
    decided = agree + disagree
    share = agree / decided if decided else None
    low = high = None
    if share is not None and decided >= config.min_interval_calls:
        low, high = wilson(share, decided, config.confidence)
    return Precision(
        practice=practice,
        code=code,
        kind=kind,
        agree=agree,
        disagree=disagree,
        undecided=undecided,
        share=share,
        low=low,
        high=high,
        agents_agree=agents_agree,
        agents_disagree=agents_disagree,
    )
