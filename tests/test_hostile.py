"""Texts that somebody wrote to do harm: shown as text in every page, table and export."""

from __future__ import annotations

import csv
import re
import shutil
from collections import Counter
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from markdown_it import MarkdownIt

from callcoach.batch.export import Format, export
from callcoach.batch.ledger import Ledger
from callcoach.batch.store import Store
from callcoach.call import CallAnalysis
from callcoach.reports.columns import COLUMNS
from callcoach.reports.spreadsheet import is_formula
from coached import coached, scored
from factory import mono, tense_call, two_channels
from hostile import HOSTILE, hostile
from shipped import write_site
from stored import named, stored

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
NOW = datetime(2026, 3, 4, tzinfo=UTC)
# Each of these shows that a text got out of its place.
FOREIGN = ("base", "img", "iframe", "object", "embed")
QUERY = "[onerror], [onload], img, base, iframe, object, embed, a[href*='evil'], a[href^='java']"


def calls() -> dict[str, CallAnalysis]:
    return {
        "a": coached(tense_call()),
        "b": scored(),
        "c": mono(),
        "d": coached(two_channels()),
    }


def built(out: Path, analyses: list[CallAnalysis]) -> Store:
    """An output folder with all its pages and tables."""
    store = stored(out, analyses)
    ledger = Ledger(store.ledger)
    write_site(store, ledger)
    ledger.close()
    return store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    analyses = [hostile(analysis, call_id) for call_id, analysis in calls().items()]
    return built(tmp_path_factory.mktemp("hostile") / "out", analyses)


@pytest.fixture(scope="module")
def harmless(tmp_path_factory: pytest.TempPathFactory) -> Store:
    analyses = [named(analysis, call_id) for call_id, analysis in calls().items()]
    return built(tmp_path_factory.mktemp("harmless") / "out", analyses)


def pages(store: Store) -> list[Path]:
    found = sorted(store.root.rglob("*.html"))
    assert {"index.html", "report.html"} <= {path.name for path in found}
    return found


def test_the_call_holds_every_hostile_text() -> None:
    """Else the other tests look at nothing."""
    analysis = hostile(coached(tense_call()), "a")
    said = [turn.text for turn in analysis.turns] + [word.text for word in analysis.words]
    assert set(HOSTILE) <= set(said)
    assert set(HOSTILE) <= {item.value for item in analysis.call.metadata}
    assert {f.quote for f in analysis.findings or () if f.quote} <= set(HOSTILE)


# ------------------------------------------------------------------------ pages


class Elements(HTMLParser):
    """The elements of a page and what stands out in them."""

    def __init__(self) -> None:
        super().__init__()
        self.count: Counter[str] = Counter()
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.count[tag] += 1
        for name, value in attrs:
            if name.startswith("on"):
                self.wrong.append(f"{tag} {name}")
            if name in ("href", "src") and re.match(r"\s*(javascript|https?|//)", value or ""):
                self.wrong.append(f"{tag} {name}={value}")


def elements(page: Path) -> Elements:
    parser = Elements()
    parser.feed(page.read_text(encoding="utf-8"))
    return parser


def test_no_page_gets_an_element_or_a_handler_from_a_text(store: Store, harmless: Store) -> None:
    for page in pages(store):
        found = elements(page)
        assert found.wrong == [], page.name
        assert not [tag for tag in FOREIGN if found.count[tag]], page.name
    for call_id in calls():
        scripts = [
            elements(s.call_folder(call_id) / "report.html").count["script"]
            for s in (store, harmless)
        ]
        assert scripts[0] == scripts[1], call_id
    index = [elements(s.root / "index.html").count["script"] for s in (store, harmless)]
    assert index[0] == index[1]


def test_markdown_shows_them_as_text(store: Store) -> None:
    parser = MarkdownIt("commonmark").enable("table")
    for call_id in calls():
        text = (store.call_folder(call_id) / "report.md").read_text(encoding="utf-8")
        shown = parser.render(text)
        assert "alert(1)" in shown
        assert not re.search(r"<(script|img|svg|a|base|h1 )\b[^>]*(alert|evil|java)", shown)
        assert "<script" not in shown and "<img" not in shown and "<svg" not in shown
        assert "<a href" not in shown.replace('<a href="#', "")


def test_no_file_is_written_outside_the_folder(store: Store) -> None:
    assert {path.name for path in store.root.parent.iterdir()} == {"out"}
    assert all(path.resolve().is_relative_to(store.root) for path in store.root.rglob("*"))


@pytest.fixture(scope="module")
def browser() -> Any:
    if CHROMIUM is None:
        pytest.skip("needs Chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield found
        found.close()


def opened(browser: Any, path: Path, width: int) -> tuple[Any, list[str]]:
    """A page with everything unfolded, and what it did that can be seen from outside."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    seen: list[str] = []

    def asked(dialog: Any) -> None:
        seen.append(f"dialog {dialog.message}")
        dialog.dismiss()

    page.on("dialog", asked)
    page.on("pageerror", lambda error: seen.append(f"error {error}"))
    page.on("console", lambda message: seen.append(f"console {message.text}"))
    page.on("request", lambda request: seen.append(f"request {request.url}"))
    page.goto(path.as_uri())
    page.wait_for_load_state("load")
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    return page, seen


@pytest.mark.parametrize("width", [1440, 390])
def test_a_browser_runs_nothing_of_them(browser: Any, store: Store, width: int) -> None:
    inside = (f"request {store.root.as_uri()}/", "request data:")
    for path in pages(store):
        name = str(path.relative_to(store.root))
        page, seen = opened(browser, path, width)
        assert [text for text in seen if not text.startswith(inside)] == [], name
        assert page.locator(QUERY).count() == 0, name
        assert "<img src=x onerror=alert(1)>" in page.evaluate("document.body.innerText"), name
        sticking_out = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert sticking_out <= 0, name
        page.close()


def test_a_call_page_shows_what_was_said_as_it_was_said(browser: Any, store: Store) -> None:
    page, _ = opened(browser, store.call_folder("a") / "report.html", 1440)
    shown = plain(page.evaluate("document.body.innerText"))
    for text in HOSTILE:
        assert plain(text) in shown, text
    page.close()


def plain(text: str) -> str:
    """A text without what nobody sees and without differences of space."""
    seen = re.sub(
        "[\x00-\x08\x0b\x0c\x0e-\x1f\u200b-\u200f\u202a-\u202e\u2060\ufeff\ufffd]", "", text
    )
    return " ".join(seen.split())


# ------------------------------------------------------------------------ tables and exports


def test_no_cell_of_a_csv_is_a_formula(store: Store, tmp_path: Path) -> None:
    export(store, tmp_path / "csv", Format.CSV, extra=[HOSTILE[4]], now=NOW)
    looked_at = 0
    for path in (store.root / "calls.csv", *(tmp_path / "csv").iterdir()):
        for separator in ",;\t":
            with path.open(encoding="utf-8-sig", newline="") as file:
                for row in csv.reader(file, delimiter=separator):
                    for cell in row:
                        looked_at += 1
                        assert not is_formula(cell) or re.fullmatch(r"-[\d.e-]+", cell), cell
        assert "\x00" not in path.read_text(encoding="utf-8")
    assert looked_at > 1000


def test_every_text_of_a_workbook_is_a_text(store: Store, tmp_path: Path) -> None:
    export(store, tmp_path / "x.xlsx", Format.XLSX, extra=["queue", HOSTILE[4]], now=NOW)
    book = openpyxl.load_workbook(tmp_path / "x.xlsx")
    formulas = 0
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.hyperlink is None
                assert cell.data_type in "snbd", cell.coordinate
                if cell.data_type == "s" and is_formula(cell.value):
                    formulas += 1
                    assert cell.quotePrefix or cell.row == 1 or sheet.title == "Columns"
    assert formulas > 50
    calls = [row[0] for row in book["calls"].iter_rows(min_row=2, values_only=True)]
    assert calls == ["a", "b", "c", "d"]


def test_parquet_holds_them_as_they_are(store: Store) -> None:
    turns = pd.read_parquet(store.tables / "turns.parquet")
    assert set(HOSTILE) <= set(turns["text"])
    table = pd.read_parquet(store.tables / "calls.parquet")
    extra = [name for name in table.columns if name not in COLUMNS["calls"]]
    assert set(HOSTILE) <= {value for name in extra for value in table[name]}
    assert set(HOSTILE[1:]) <= set(extra)  # names of columns too
