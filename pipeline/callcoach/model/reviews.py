"""What people say about a call's report: the hand-overs of the review app.

A review stands beside the machine's finding or score and never changes it. The same rules as in
:mod:`callcoach.model.analysis`: ``None`` means "not there".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from callcoach.model.coaching import Finding, FindingKind, Verdict


class Opinion(StrEnum):
    """What a person says about a finding."""

    AGREE = "agree"
    DISAGREE = "disagree"
    UNSURE = "unsure"


_VOTES = {Opinion.AGREE: 1, Opinion.DISAGREE: -1, Opinion.UNSURE: 0}


class ReviewRole(StrEnum):
    """Whose link a review came by."""

    COACH = "coach"
    QA = "qa"
    AGENT = "agent"


@dataclass(frozen=True)
class ReviewedFinding:
    """What a finding said when it was reviewed: it may be another one, or gone, by now.

    ``start_s`` is its place in the call in seconds.
    """

    code: str
    practice: str
    kind: FindingKind
    verdict: Verdict
    title: str
    quote: str | None
    start_s: float

    @classmethod
    def of(cls, finding: Finding) -> ReviewedFinding:
        """The part of a finding that is kept with an opinion on it."""
        return cls(
            code=finding.code,
            practice=finding.practice,
            kind=finding.kind,
            verdict=finding.verdict,
            title=finding.title,
            quote=finding.quote,
            start_s=finding.start_s,
        )


@dataclass(frozen=True)
class Review:
    """Who said it and when: ``reviewer`` as they gave their name, ``at`` with a time zone."""

    call_id: str
    reviewer: str
    role: ReviewRole
    at: datetime


@dataclass(frozen=True)
class FindingReview(Review):
    """One person's opinion on the finding with the key ``finding``; ``comment`` may be empty."""

    finding: str
    opinion: Opinion
    comment: str
    about: ReviewedFinding


@dataclass(frozen=True)
class ScoreReview(Review):
    """One person's score of a practice (or ``overall``), 0..100.

    ``None`` says that the practice did not apply; ``reason`` then tells why. ``seen`` is false
    where it was given before this person opened the report and saw the machine's score.

    Raises
    ------
    ValueError
        If the score is out of range, or there is neither a score nor a reason.
    """

    practice: str
    score: float | None
    reason: str
    seen: bool = True

    def __post_init__(self) -> None:
        if self.score is not None and not 0.0 <= self.score <= 100.0:
            raise ValueError(f"a score is 0..100, got {self.score}")
        if self.score is None and not self.reason:
            raise ValueError("a practice that did not apply needs the reason")


@dataclass(frozen=True)
class CallComment(Review):
    """A comment on the whole call; ``coaches_only`` keeps it from the agent and from pages.

    ``id`` names it within the call.
    """

    id: str
    text: str
    coaches_only: bool


@dataclass(frozen=True)
class Discussion(Review):
    """The call was talked about with the agent on that day."""

    on: date


@dataclass(frozen=True)
class Reply(Review):
    """What the agent says to the report; ``id`` names it within the call."""

    id: str
    text: str


@dataclass(frozen=True)
class CallReviews:
    """All that people said about one call, each kind in the order in which it was said.

    Of opinions, scores and discussions only the latest of each person is here.
    """

    findings: tuple[FindingReview, ...] = ()
    scores: tuple[ScoreReview, ...] = ()
    comments: tuple[CallComment, ...] = ()
    discussed: tuple[Discussion, ...] = ()
    replies: tuple[Reply, ...] = ()

    def of_finding(self, key: str) -> tuple[FindingReview, ...]:
        """The opinions on one finding."""
        return tuple(review for review in self.findings if review.finding == key)

    def disputed(self) -> frozenset[str]:
        """The findings that more coaches and QA people disagree with than agree with.

        What the agent thinks of a finding stands beside it, and changes nothing here.
        """
        votes: Counter[str] = Counter()
        for review in self.findings:
            if review.role is not ReviewRole.AGENT:
                votes[review.finding] += _VOTES[review.opinion]
        return frozenset(key for key, vote in votes.items() if vote < 0)

    def of_practice(self, practice: str) -> tuple[ScoreReview, ...]:
        """People's scores of one practice."""
        return tuple(review for review in self.scores if review.practice == practice)

    def gone(self, keys: Collection[str]) -> tuple[FindingReview, ...]:
        """Opinions on findings that the call no longer has; ``keys`` are those it has."""
        return tuple(review for review in self.findings if review.finding not in keys)

    def without_private(self) -> CallReviews:
        """The same without the comments that are for coaches alone."""
        open_ones = tuple(comment for comment in self.comments if not comment.coaches_only)
        return CallReviews(self.findings, self.scores, open_ones, self.discussed, self.replies)

    def __bool__(self) -> bool:
        return bool(self.findings or self.scores or self.comments or self.discussed or self.replies)


NO_REVIEWS = CallReviews()
