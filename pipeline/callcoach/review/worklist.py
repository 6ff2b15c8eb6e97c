"""The first page of the app: which calls wait for whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import quote, urlencode

from callcoach.model.reviews import NO_REVIEWS, CallReviews, ReviewRole
from callcoach.reports.site.digest import CallDigest
from callcoach.review.links import Session
from callcoach.review.panel import ROLE_WORDS
from callcoach.text import formatting


class WaitingReview(StrEnum):
    """How far a call is, for one side of the talk."""

    ANSWER = "answer"  # the other side wrote last
    LOOK = "look"  # nobody of this side said anything yet
    TALK = "talk"  # looked at, not talked about
    DONE = "done"


COACH_WORDS = {
    WaitingReview.ANSWER: "The agent wrote",
    WaitingReview.LOOK: "To look at",
    WaitingReview.TALK: "To talk about",
    WaitingReview.DONE: "Talked about",
}
AGENT_WORDS = {
    WaitingReview.ANSWER: "Somebody wrote to you",
    WaitingReview.LOOK: "Nothing from you yet",
    WaitingReview.DONE: "You said something",
}


@dataclass(frozen=True)
class Tab:
    """One group of calls with its size."""

    name: str
    href: str
    calls: int
    here: bool


@dataclass(frozen=True)
class ListRow:
    """One call of the list, in words; ``href`` is its page in the app.

    ``blind`` is the address for scoring it by ear, empty where that is not asked.
    """

    call_id: str
    href: str
    blind: str
    agent: str
    date: str
    length: str
    findings: str
    state: str
    last: str


@dataclass(frozen=True)
class WorkList:
    """What the page shows; ``agents`` are those of all calls that the reader may see."""

    reviewer: str
    role: str
    coach: bool
    form_token: str
    tabs: tuple[Tab, ...]
    rows: tuple[ListRow, ...]
    agents: tuple[str, ...]
    agent: str
    show: str
    before: str
    after: str
    place: str


def worklist(
    calls: Sequence[CallDigest],
    reviews: Mapping[str, CallReviews],
    session: Session,
    *,
    show: str = "",
    agent: str = "",
    page: int = 0,
    rows: int = 100,
) -> WorkList:
    """The calls that a person may see, in groups by what is to be done.

    Parameters
    ----------
    calls
        The calls that this person may see, the latest first.
    reviews
        Reviews by call.
    session
        Who is looking.
    show
        The group to show; the first with a call where it is none of them.
    agent
        Show this agent's calls only; all where it is empty.
    page, rows
        Which page of how many rows.
    """
    coach = session.grant.coaches
    words = COACH_WORDS if coach else AGENT_WORDS
    groups: dict[WaitingReview, list[CallDigest]] = {state: [] for state in words}
    for call in calls:
        if agent in ("", call.agent_id):
            groups[waiting(reviews.get(call.call_id, NO_REVIEWS), coach=coach)].append(call)
    here = next((state for state in groups if state == show), None)
    if here is None:
        here = next((state for state, found in groups.items() if found), WaitingReview.LOOK)
    found = groups[here]
    page = max(0, min(page, (len(found) - 1) // rows))
    part = found[page * rows : (page + 1) * rows]

    def href(state: WaitingReview, number: int = 0) -> str:
        asked = {"show": state.value, "agent": agent, "page": str(number) if number else ""}
        return "/?" + urlencode({name: value for name, value in asked.items() if value})

    more = (page + 1) * rows < len(found)
    first, last = page * rows + 1, page * rows + len(part)
    return WorkList(
        reviewer=formatting.clean(session.reviewer),
        role=ROLE_WORDS[session.grant.role],
        coach=coach,
        form_token=session.form_token,
        tabs=tuple(
            Tab(words[state], href(state), len(those), state is here)
            for state, those in groups.items()
        ),
        rows=tuple(_row(call, reviews.get(call.call_id, NO_REVIEWS), coach=coach) for call in part),
        agents=tuple(sorted({call.agent_id for call in calls if call.agent_id})) if coach else (),
        agent=agent,
        show=here.value,
        before=href(here, page - 1) if page else "",
        after=href(here, page + 1) if more else "",
        place=f"{first} to {last} of {formatting.count(len(found), 'call', 'calls')}"
        if part
        else "",
    )


def waiting(reviews: CallReviews, *, coach: bool) -> WaitingReview:
    """How far a call is for coaches, or for its agent."""
    if not coach:
        reviews = reviews.without_private()
    ours = [at for role, at in _times(reviews) if (role is not ReviewRole.AGENT) is coach]
    theirs = [at for role, at in _times(reviews) if (role is not ReviewRole.AGENT) is not coach]
    if theirs and (not ours or max(theirs) > max(ours)):
        return WaitingReview.ANSWER
    if not ours:
        return WaitingReview.LOOK
    return WaitingReview.DONE if reviews.discussed or not coach else WaitingReview.TALK


def _times(reviews: CallReviews) -> list[tuple[ReviewRole, datetime]]:
    every = (
        *reviews.findings,
        *reviews.scores,
        *reviews.comments,
        *reviews.discussed,
        *reviews.replies,
    )
    return [(one.role, one.at) for one in every]


def _row(call: CallDigest, reviews: CallReviews, *, coach: bool) -> ListRow:
    keys = {finding.key for finding in call.findings}
    seen = keys & {review.finding for review in reviews.findings}
    reply = reviews.replies[-1] if reviews.replies else None
    ours = any(role is not ReviewRole.AGENT for role, _ in _times(reviews))
    base = f"/calls/{quote(call.call_id, safe='')}"
    talked = max((one.on for one in reviews.discussed), default=None)
    return ListRow(
        call_id=formatting.clean(call.call_id),
        href=f"{base}/report.html",
        blind=f"{base}/score.html" if coach and not ours else "",
        agent=formatting.clean(call.agent_id or "") or "not given",
        date=formatting.short_date(call.started_at),
        length=formatting.length(call.duration_s),
        findings=f"{len(seen)} of {formatting.count(len(keys), 'moment', 'moments')} looked at",
        state="" if talked is None else f"on {formatting.short_date(talked.isoformat())}",
        last="" if reply is None else _short(reply.text),
    )


def _short(text: str, longest: int = 80) -> str:
    line = formatting.clean(" ".join(text.split()))
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
