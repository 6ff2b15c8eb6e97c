"""The files of one call: its analysis and its reports."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from callcoach.config.guide import Guide
from callcoach.config.reports import SiteConfig
from callcoach.model.analysis import CallAnalysis
from callcoach.model.reviews import NO_REVIEWS, CallReviews
from callcoach.reports.call.call_page import render_html, render_markdown
from callcoach.storage.analysis_json import from_json, to_json
from callcoach.storage.output_folder import Store, write_file

if TYPE_CHECKING:
    pass


def raw_keeper(store: Store) -> Callable[[CallAnalysis], None]:
    """Writes ``raw.json`` beside a call's analysis: the same before anything was hidden."""

    def keep(analysis: CallAnalysis) -> None:
        write_file(store.call_folder(analysis.call.id) / "raw.json", to_json(analysis).encode())

    return keep


def write_analysis(store: Store, analysis: CallAnalysis, site: SiteConfig) -> None:
    """Write a call's three files; ``analysis.json`` comes last.

    The pages are made from what is stored, rounded as it is, so that they are the same when they
    are written again from it. ``site`` is for :func:`write_reports`. What people said of the call
    is not on them: :func:`callcoach.batch.publish.site.write_site` writes the pages of such calls
    again.
    """
    text = to_json(analysis)
    write_reports(store, from_json(text, analysis.call.id), site)
    write_file(store.analysis_path(analysis.call.id), text.encode())


def write_reports(
    store: Store,
    analysis: CallAnalysis,
    site: SiteConfig,
    guide: Guide | None = None,
    reviews: CallReviews = NO_REVIEWS,
) -> None:
    """Write the call's page, with what people said of it, and its Markdown, in a guide's words.

    No ``guide`` takes the one that the folder's calls were scored with, else the shipped one.
    ``site`` says from where on a call is trusted.
    """
    guide = guide or store.guide()
    folder = store.call_folder(analysis.call.id)
    write_file(folder / "report.html", render_html(analysis, guide, reviews, site=site).encode())
    write_file(folder / "report.md", render_markdown(analysis, guide, site=site).encode())
