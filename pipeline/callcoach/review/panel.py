"""What a call's page says about its reviews, and the forms to add one, in words."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from callcoach.config.guide import Guide
from callcoach.model.analysis import CallAnalysis
from callcoach.model.coaching import OVERALL, Finding, Verdict
from callcoach.model.reviews import (
    CallReviews,
    FindingReview,
    Opinion,
    Review,
    ReviewedFinding,
    ReviewRole,
    ScoreReview,
)
from callcoach.review.links import Session
from callcoach.text import formatting
from callcoach.text.formatting import safe_lines

OPINION_WORDS = {
    Opinion.AGREE: "Agree",
    Opinion.DISAGREE: "Disagree",
    Opinion.UNSURE: "Not sure",
}

ROLE_WORDS = {ReviewRole.COACH: "coach", ReviewRole.QA: "QA", ReviewRole.AGENT: "agent"}

_VERDICT_WORDS = {
    Verdict.STRENGTH: "Went well",
    Verdict.OPPORTUNITY: "To work on",
    Verdict.NOTE: "Note",
}

_ID_BYTES = 8


@dataclass(frozen=True)
class ReviewStatement:
    """One thing that somebody said: who, the answer in a word or two, the text, and when.

    ``note`` says who may read it, where not all may; ``mine`` that the reader said it.
    """

    id: str
    who: str
    what: str
    text: str
    when: str
    note: str
    mine: bool


@dataclass(frozen=True)
class FindingForm:
    """A finding with what people say about it; ``mine`` is the reader's answer, or ``none``."""

    key: str
    title: str
    verdict: str
    chapter: str
    time: str
    quote: str
    lead: bool
    said: tuple[ReviewStatement, ...]
    mine: str
    comment: str


@dataclass(frozen=True)
class GoneFinding:
    """An opinion on a finding that the report no longer has."""

    title: str
    time: str
    quote: str
    said: ReviewStatement


@dataclass(frozen=True)
class ScoreForm:
    """A chapter with the machine's score and people's, each in words."""

    id: str
    title: str
    machine: str
    said: tuple[ReviewStatement, ...]
    mine: str
    left_out: bool
    reason: str


@dataclass(frozen=True)
class ReviewPanel:
    """The review part of a call's page.

    ``base`` is where the forms are sent; ``form_token`` goes with each. ``coach`` tells who may
    score, ``new_id`` names the next text. ``today`` and ``talked_on`` are days like 2026-03-02.
    """

    base: str
    form_token: str
    reviewer: str
    role: str
    coach: bool
    findings: tuple[FindingForm, ...]
    gone: tuple[GoneFinding, ...]
    scores: tuple[ScoreForm, ...]
    comments: tuple[ReviewStatement, ...]
    replies: tuple[ReviewStatement, ...]
    discussed: tuple[ReviewStatement, ...]
    talked_on: str
    today: str
    new_id: str
    agent: str
    longest: int


def panel_of(
    analysis: CallAnalysis,
    guide: Guide,
    reviews: CallReviews,
    session: Session,
    base: str,
    now: datetime,
    longest: int,
) -> ReviewPanel:
    """What one person sees of a call's reviews.

    Parameters
    ----------
    analysis, guide
        The call and the words of its report.
    reviews
        All reviews of the call; what is for coaches alone is kept from an agent here.
    session
        Who is looking.
    base
        The call's address in the app.
    now
        The time with its zone.
    longest
        Characters that a comment may have.
    """
    grant = session.grant
    if not grant.coaches:
        reviews = reviews.without_private()
    view = _View(session, guide)
    findings = analysis.findings or ()
    mine = [one for one in reviews.discussed if view.is_mine(one.reviewer, one.role)]
    return ReviewPanel(
        base=base,
        form_token=session.form_token,
        reviewer=formatting.clean(session.reviewer),
        role=ROLE_WORDS[grant.role],
        coach=grant.coaches,
        findings=tuple(view.finding(one, reviews) for one in _in_order(findings)),
        gone=tuple(
            view.gone(review) for review in reviews.gone({finding.key for finding in findings})
        ),
        scores=tuple(view.scores(analysis, reviews)),
        comments=tuple(
            view.said(c, "", c.text, c.id, "coaches only" if c.coaches_only else "")
            for c in reviews.comments
        ),
        replies=tuple(view.said(one, "", one.text, one.id) for one in reviews.replies),
        discussed=tuple(
            view.said(one, f"talked about it on {formatting.short_date(one.on.isoformat())}", "")
            for one in reviews.discussed
        ),
        talked_on=mine[-1].on.isoformat() if mine else "",
        today=now.astimezone().date().isoformat(),
        new_id=secrets.token_hex(_ID_BYTES),
        agent=formatting.clean(analysis.call.agent_id or ""),
        longest=longest,
    )


def local(at: datetime) -> str:
    """A moment in this machine's time zone."""
    return formatting.short_date(f"{at.astimezone():%Y-%m-%dT%H:%M}")


def _in_order(findings: Sequence[Finding]) -> list[Finding]:
    """The leads first, strengths before what to work on, then the others as they come."""
    verdicts = list(Verdict)
    return sorted(
        findings,
        key=lambda one: (
            one.rank is None,
            verdicts.index(one.verdict) if one.rank is not None else 0,
            one.rank or 0,
            one.start_s,
        ),
    )


class _View:
    """The words for one reader."""

    def __init__(self, session: Session, guide: Guide) -> None:
        self._session = session
        self._guide = guide

    def is_mine(self, reviewer: str, role: ReviewRole) -> bool:
        name = self._session.reviewer.casefold()
        return reviewer.casefold() == name and role is self._session.grant.role

    def chapter(self, practice: str) -> str:
        if practice == OVERALL:
            return "The whole call"
        found = self._guide.chapter(practice) or self._guide.situation(practice)
        return formatting.clean(found.title if found else practice)

    def said(
        self, review: Review, what: str, text: str, id: str = "", note: str = ""
    ) -> ReviewStatement:
        mine = self.is_mine(review.reviewer, review.role)
        role = ROLE_WORDS[review.role] + (", you" if mine else "")
        who = f"{formatting.clean(review.reviewer)} ({role})"
        return ReviewStatement(id, who, what, safe_lines(text), local(review.at), note, mine)

    def opinion(self, review: FindingReview) -> ReviewStatement:
        return self.said(review, OPINION_WORDS[review.opinion], review.comment)

    def finding(self, finding: Finding, reviews: CallReviews) -> FindingForm:
        given = reviews.of_finding(finding.key)
        mine = next((one for one in given if self.is_mine(one.reviewer, one.role)), None)
        about = ReviewedFinding.of(finding)
        return FindingForm(
            key=finding.key,
            title=formatting.clean(about.title),
            verdict=_VERDICT_WORDS[about.verdict],
            chapter=self.chapter(about.practice),
            time=formatting.clock(about.start_s),
            quote=formatting.clean(about.quote or ""),
            lead=finding.rank is not None,
            said=tuple(self.opinion(one) for one in given),
            mine=mine.opinion.value if mine else "none",
            comment=safe_lines(mine.comment) if mine else "",
        )

    def gone(self, review: FindingReview) -> GoneFinding:
        about = review.about
        return GoneFinding(
            title=formatting.clean(about.title),
            time=formatting.clock(about.start_s),
            quote=formatting.clean(about.quote or ""),
            said=self.opinion(review),
        )

    def scores(self, analysis: CallAnalysis, reviews: CallReviews) -> list[ScoreForm]:
        card = analysis.scorecard
        if card is None:
            return []
        machine = {one.id: (one.score, one.reason) for one in card.practices}
        machine[OVERALL] = card.overall, card.reason
        return [
            self._score(practice, *own, reviews.of_practice(practice))
            for practice, own in machine.items()
        ]

    def _score(
        self,
        practice: str,
        score: float | None,
        reason: str | None,
        given: tuple[ScoreReview, ...],
    ) -> ScoreForm:
        mine = next((one for one in given if self.is_mine(one.reviewer, one.role)), None)
        return ScoreForm(
            id=practice,
            title=self.chapter(practice),
            machine=_points(score)
            if score is not None
            else f"none: {formatting.clean(reason or '')}",
            said=tuple(
                self.said(
                    one,
                    "did not apply" if one.score is None else _points(one.score),
                    one.reason,
                )
                for one in given
            ),
            mine="" if mine is None or mine.score is None else f"{mine.score:g}",
            left_out=mine is not None and mine.score is None,
            reason=safe_lines(mine.reason) if mine else "",
        )


def _points(score: float) -> str:
    return f"{formatting.number(score, 0)}{formatting.NBSP}of{formatting.NBSP}100"
