"""The app's pages as HTML, and what browsers may do on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callcoach.config.guide import Guide
from callcoach.config.reports import SiteConfig
from callcoach.model.analysis import CallAnalysis
from callcoach.model.reviews import CallReviews
from callcoach.reports.call.call_page import environment, render_with

if TYPE_CHECKING:
    from callcoach.review.blind import BlindPage
    from callcoach.review.links import Session
    from callcoach.review.panel import ReviewPanel
    from callcoach.review.worklist import WorkList

OWN_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The policy of the app's own pages: no scripts at all."""

PAGE_POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; object-src 'none'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The policy of pages that carry a stricter one in their head: both hold. Which scripts may run
stands there, by their hashes; here stands that nothing is fetched from elsewhere, and that no
other page may frame it."""

_FORMS = {"form-action": "'self'", "connect-src": "'self'", "script-src": "'self'"}


def render_call(
    analysis: CallAnalysis, guide: Guide, reviews: CallReviews, panel: ReviewPanel, site: SiteConfig
) -> str:
    """A call's report with the forms.

    The report itself shows opinions and scores where they belong; the rest stands with the forms.
    """
    keys = {finding.key for finding in analysis.findings or ()}
    beside = CallReviews(
        findings=tuple(review for review in reviews.findings if review.finding in keys),
        scores=reviews.scores,
    )
    return render_with(
        "review/call.html.j2", analysis, guide, beside, site, review=panel, widened=_widened
    )


def render_worklist(found: WorkList, own_page: str) -> str:
    """The list of calls; ``own_page`` is the address of the agent's own page, or empty."""
    return _render("worklist", list=found, own_page=own_page)


def render_blind(page: BlindPage) -> str:
    """The form for scoring a call by ear."""
    return _render("blind", page=page)


def render_name(session: Session, longest: int) -> str:
    """The question for a name, on the first visit."""
    return _render("name", session=session, longest=longest)


def render_welcome() -> str:
    """A page that goes on to the first one."""
    return _render("welcome")


def render_working(call_id: str) -> str:
    """A page that waits for a call to be worked out."""
    return _render("working", title=call_id)


def render_notice(title: str, text: str) -> str:
    """A short message."""
    return _render("notice", heading=title, text=text)


def _render(name: str, **values: object) -> str:
    return environment().get_template(f"review/{name}.html.j2").render(**values)


def _widened(policy: str) -> str:
    """The policy of a call's page, with the app's own script and forms let in."""
    rules = [rule.split() for rule in policy.split(";") if rule.strip()]
    found = {name: sources for name, *sources in rules}
    for name, source in _FORMS.items():
        kept = [one for one in found.get(name, []) if one != "'none'"]
        found[name] = [*kept, *([] if source in kept else [source])]
    return "; ".join(" ".join([name, *sources]) for name, sources in found.items())
