"""What people said about a report, in words beside what the machine said."""

from __future__ import annotations

from dataclasses import dataclass

from callcoach.model.reviews import CallReviews, FindingReview, Opinion, ReviewRole, ScoreReview
from callcoach.text import formatting

OPINION_WORDS = {
    Opinion.AGREE: "agrees",
    Opinion.DISAGREE: "does not agree",
    Opinion.UNSURE: "is not sure",
}

ROLE_WORDS = {
    ReviewRole.COACH: "a coach",
    ReviewRole.QA: "QA",
    ReviewRole.AGENT: "the agent",
}


@dataclass(frozen=True)
class PartyStatement:
    """What one person said: who and when as ``who``, the words as ``text``."""

    who: str
    text: str


@dataclass(frozen=True)
class PeoplePart:
    """What people said about the whole call, in the order in which they said it.

    ``lost`` are opinions on findings that the call no longer has.
    """

    said: tuple[PartyStatement, ...]
    lost: tuple[PartyStatement, ...]


def people_part(reviews: CallReviews, keys: frozenset[str]) -> PeoplePart:
    """Comments, talks and replies; ``keys`` are those of the call's findings."""
    said = [
        *((item.at, _said(item.reviewer, item.role, item.text)) for item in reviews.comments),
        *(
            (
                item.at,
                _said(
                    item.reviewer,
                    item.role,
                    f"Talked about the call on {formatting.readable_date(item.on.isoformat())}.",
                ),
            )
            for item in reviews.discussed
        ),
        *((item.at, _said(item.reviewer, item.role, item.text)) for item in reviews.replies),
    ]
    said.sort(key=lambda pair: pair[0])
    return PeoplePart(
        said=tuple(item for _, item in said),
        lost=tuple(
            PartyStatement(
                opinion_words(item),
                f"about “{formatting.clean(item.about.title)}” at "
                f"{formatting.clock(item.about.start_s)}",
            )
            for item in reviews.gone(keys)
        ),
    )


def opinions_of(reviews: CallReviews, key: str) -> tuple[str, ...]:
    """Everyone's opinion on a finding, such as ``Maya (a coach) agrees: well spotted``."""
    return tuple(
        opinion_words(item) + (f": {formatting.clean(item.comment)}" if item.comment else "")
        for item in reviews.of_finding(key)
    )


def scores_of(reviews: CallReviews, practice: str) -> tuple[str, ...]:
    """People's scores of a chapter, such as ``Maya (a coach): 80 of 100``."""
    return tuple(_score(item) for item in reviews.of_practice(practice))


def opinion_words(review: FindingReview) -> str:
    """Who thinks what of a finding, without the comment."""
    return f"{_who(review.reviewer, review.role)} {OPINION_WORDS[review.opinion]}"


def _score(review: ScoreReview) -> str:
    who = _who(review.reviewer, review.role)
    if review.score is None:
        return f"{who}: did not apply ({formatting.clean(review.reason)})"
    text = f"{who}: {formatting.number(review.score, 0)} of 100"
    return f"{text} ({formatting.clean(review.reason)})" if review.reason else text


def _said(reviewer: str, role: ReviewRole, text: str) -> PartyStatement:
    return PartyStatement(_who(reviewer, role), formatting.clean(text))


def _who(reviewer: str, role: ReviewRole) -> str:
    name = formatting.clean(reviewer)
    return f"{name} ({ROLE_WORDS[role]})" if name else ROLE_WORDS[role].capitalize()
