"""The pages and tables of a batch: made from what changed, the same as made from everything."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import cache
from importlib.resources import files as files_of
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcoach.batch.publish import digest_store as digests_module
from callcoach.batch.publish import read_calls as reading
from callcoach.batch.publish.digest_store import Digests
from callcoach.batch.publish.site import SiteResult
from callcoach.config.config import Config
from callcoach.config.guide import shipped_guide
from callcoach.config.reports import SiteConfig
from callcoach.errors import StoreError
from callcoach.model.analysis import CallAnalysis
from callcoach.model.reviews import Opinion, ReviewedFinding, ReviewRole
from callcoach.reports.tables.tables import build_tables
from callcoach.storage.analysis_json import from_json, to_json
from callcoach.storage.ledger import CallRecord, Ledger, State
from callcoach.storage.output_folder import Store, write_file
from callcoach.storage.reviews import Part, Sender
from coached import scored
from factory import empty, mono, two_channels
from reviewing import AT, opinion
from shipped import SHIPPED, ReviewStore, render_markdown, write_site
from stored import named, write_tables

VARIANTS = ("two", "scored", "mono", "empty", "other")


@cache
def text_of(call_id: str, variant: str) -> str:
    build = {"two": two_channels, "scored": scored, "mono": mono, "empty": empty, "other": mono}
    analysis = named(build[variant](), call_id)
    if variant == "other":
        analysis = named(analysis, call_id, shelf="7", queue="night", turns="many")
    return to_json(analysis)


def put(store: Store, call_id: str, variant: str, state: State = State.DONE) -> None:
    """A call as a run leaves it, without its page."""
    write_file(store.analysis_path(call_id), text_of(call_id, variant).encode())
    mark(store, call_id, state)


def mark(store: Store, call_id: str, state: State) -> None:
    with opened(store) as ledger:
        error = "it is empty" if state is State.FAILED else None
        ledger.put(CallRecord(call_id, f"{call_id}.wav", "key", state, 1, error=error))


def forget(store: Store, call_id: str) -> None:
    with opened(store), closing(sqlite3.connect(store.ledger)) as db, db:
        db.execute("DELETE FROM calls WHERE call_id = ?", (call_id,))


@contextmanager
def opened(store: Store) -> Iterator[Ledger]:
    ledger = Ledger(store.ledger)
    try:
        yield ledger
    finally:
        ledger.close()


def write(store: Store, config: Config = SHIPPED, **options: object) -> SiteResult:
    with opened(store) as ledger:
        return write_site(store, ledger, config, **options)  # type: ignore[arg-type]


def files(store: Store) -> dict[str, bytes]:
    """Everything about all calls, by name."""
    paths = [store.root / "index.html", store.root / "calls.csv", *store.tables.iterdir()]
    paths += (store.root / "agents").glob("*")
    return {str(path.relative_to(store.root)): path.read_bytes() for path in paths}


def times(store: Store) -> dict[str, int]:
    return {name: (store.root / name).stat().st_mtime_ns for name in files(store)}


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls whose analyses are read."""
    seen: list[str] = []
    load = Store.load

    def told(self: Store, call_id: str) -> CallAnalysis:
        seen.append(call_id)
        return load(self, call_id)

    monkeypatch.setattr(Store, "load", told)
    return seen


IDS = st.sampled_from(["a", "b", "b2", "c", "é"])
STEPS = st.lists(
    st.lists(
        st.one_of(
            st.tuples(st.just("put"), IDS, st.sampled_from(VARIANTS)),
            st.tuples(st.sampled_from(["fail", "forget"]), IDS, st.just("")),
        ),
        max_size=3,
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(STEPS)
def test_what_is_added_and_changed_gives_what_all_together_give(
    steps: list[list[tuple[str, str, str]]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "grown")
        for step in steps:
            for what, call_id, variant in step:
                if what == "put":
                    put(store, call_id, variant)
                elif what == "fail":
                    mark(store, call_id, State.FAILED)
                else:
                    forget(store, call_id)
            with opened(store) as ledger:  # a call that has no analysis is no finished call
                for entry in ledger.entries():
                    if not store.analysis_path(entry.call_id).exists():
                        mark(store, entry.call_id, State.FAILED)
            grown = write(store)
        whole = Store(Path(folder) / "whole")
        with opened(store) as ledger, opened(whole) as other:
            for entry in ledger.entries():
                other.put(entry)
                if entry.state is State.DONE:
                    content = store.analysis_path(entry.call_id).read_bytes()
                    write_file(whole.analysis_path(entry.call_id), content)
        assert write(whole) == grown
        assert files(whole) == files(store)


def test_the_tables_are_those_of_all_analyses(tmp_path: Path) -> None:
    store = Store(tmp_path / "out")
    for call_id, variant in zip("edcba", VARIANTS, strict=True):
        put(store, call_id, variant)
        write(store)
    analyses = [from_json(text_of(i, v), i) for i, v in sorted(zip("edcba", VARIANTS, strict=True))]
    write_tables(build_tables(analyses), tmp_path / "expected", write_file)
    expected = {p.name: p.read_bytes() for p in (tmp_path / "expected" / "tables").iterdir()}
    assert {p.name: p.read_bytes() for p in store.tables.iterdir()} == expected
    csv = tmp_path / "expected" / "calls.csv"
    assert (store.root / "calls.csv").read_bytes() == csv.read_bytes()


def test_a_new_call_reads_one_analysis(tmp_path: Path, looked_at: list[str]) -> None:
    store = Store(tmp_path)
    for call_id in "abc":
        put(store, call_id, "two")
    assert write(store).calls == 3
    put(store, "d", "scored")
    put(store, "b", "mono")
    looked_at.clear()
    assert write(store).calls == 4
    assert looked_at == ["b", "d"]


def test_what_has_not_changed_is_not_written(tmp_path: Path, looked_at: list[str]) -> None:
    store = Store(tmp_path)
    for call_id in "ab":
        put(store, call_id, "two")
    write(store)
    before = times(store)
    looked_at.clear()
    write(store)
    assert times(store) == before and looked_at == []
    put(store, "b", "scored")  # the same call, with scores and findings
    write(store)
    changed = {name for name, at in times(store).items() if at != before[name]}
    assert changed == {
        "index.html", "calls.csv", "agents/" + next((tmp_path / "agents").iterdir()).name,
        "tables/calls.parquet", "tables/findings.parquet",
        "tables/practices.parquet", "tables/situations.parquet",
    }  # fmt: skip


def test_agents_have_pages_as_long_as_they_have_calls(tmp_path: Path) -> None:
    store = Store(tmp_path)
    put(store, "a", "two")
    put(store, "b", "mono")  # nobody knows whose
    write(store)
    pages = [path.name for path in (tmp_path / "agents").iterdir()]
    assert len(pages) == 1
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert f'href="agents/{quote(pages[0])}"' in index
    page = (tmp_path / "agents" / pages[0]).read_text(encoding="utf-8")
    (script,) = (tmp_path / "assets").iterdir()
    assert f"assets/{script.name}" in page
    written = script.stat().st_mtime_ns
    put(store, "c", "scored")
    write(store)
    assert script.stat().st_mtime_ns == written
    forget(store, "a")
    forget(store, "c")
    write(store)
    assert not list((tmp_path / "agents").iterdir())
    forget(store, "b")
    write(store)
    assert not list((tmp_path / "assets").iterdir())


def test_an_agents_page_is_left_alone_when_other_agents_calls_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def told(agent_id: str, *_: object, **__: object) -> str:
        made.append(agent_id)
        return agent_id

    monkeypatch.setattr("callcoach.batch.publish.pages.render_agent", told)
    store = Store(tmp_path)

    def call_of(call_id: str, agent_id: str) -> None:
        analysis = named(two_channels(), call_id)
        analysis = replace(analysis, call=replace(analysis.call, agent_id=agent_id))
        write_file(store.analysis_path(call_id), to_json(analysis).encode())
        mark(store, call_id, State.DONE)

    call_of("a", "ana")
    call_of("b", "bo")
    write(store)
    call_of("c", "bo")
    write(store)
    write(store)
    assert made == ["ana", "bo", "bo"]


def test_a_call_that_vanished_leaves_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    put(store, "a", "two")
    put(store, "b", "scored")
    write(store)
    assert any(b"two payments in March" in path.read_bytes() for path in memory(store))
    forget(store, "b")
    assert write(store).calls == 1
    assert not [path for path in memory(store) if b"two payments in March" in path.read_bytes()]
    assert b"calls/b/" not in (store.root / "index.html").read_bytes()


def memory(store: Store) -> list[Path]:
    return list(store.root.glob("site.sqlite*"))


def test_what_was_kept_is_private(tmp_path: Path) -> None:
    store = Store(tmp_path)
    put(store, "a", "scored")
    write(store)
    assert [oct(path.stat().st_mode & 0o777) for path in memory(store)] == ["0o600"]


@pytest.mark.parametrize("harm", ["text", "empty", "layout", "digest", "gone", "cut"])
def test_a_broken_memory_is_made_anew(tmp_path: Path, harm: str, looked_at: list[str]) -> None:
    store = Store(tmp_path)
    for call_id in "ab":
        put(store, call_id, "scored")
    write(store)
    expected = files(store)
    looked_at.clear()
    if harm == "text":
        store.site.write_text("this is no database, however long it may be" * 20)
    elif harm == "empty":
        store.site.write_bytes(b"")
    elif harm == "gone":
        store.site.unlink()
    elif harm == "cut":
        content = store.site.read_bytes()
        store.site.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    else:
        with closing(sqlite3.connect(store.site)) as db, db:
            if harm == "layout":
                db.execute("ALTER TABLE digests RENAME COLUMN digest TO summary")
            else:
                db.execute("UPDATE digests SET digest = CAST('{}' AS BLOB) WHERE call_id = 'b'")
    assert write(store) == SiteResult(2)
    assert looked_at == (["b"] if harm == "digest" else ["a", "b"])
    assert files(store) == expected
    looked_at.clear()
    write(store)
    assert looked_at == []


@pytest.mark.parametrize("name", ["calls.csv", "tables/words.parquet"])
@pytest.mark.parametrize("harm", ["gone", "changed"])
def test_a_table_that_is_not_ours_any_more_is_made_anew(
    tmp_path: Path, name: str, harm: str
) -> None:
    store = Store(tmp_path)
    put(store, "a", "two")
    write(store)
    expected = files(store)
    path = tmp_path / name
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(b"something else")
    put(store, "a", "two")
    write(store)
    assert files(store) == expected


def test_other_code_or_settings_read_everything_again(
    tmp_path: Path, looked_at: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    put(store, "a", "two")
    write(store)
    looked_at.clear()
    write(store, Config(site=SiteConfig(trust_good=0.9)))
    assert looked_at == ["a"]
    assert b"fair trust" in (tmp_path / "index.html").read_bytes()
    monkeypatch.setattr("callcoach.batch.publish.site.code_key", lambda: "another version")
    looked_at.clear()
    write(store, Config(site=SiteConfig(trust_good=0.9)))
    assert looked_at == ["a"]


def test_the_code_key_stands_for_templates_and_scripts() -> None:
    names = {name for name, _ in digests_module._sources(files_of("callcoach"), "")}
    assert {"/reports/site/digest.py", "/reports/assets/index.js"} <= names
    assert "/reports/templates/index.html.j2" in names
    assert not [name for name in names if "__pycache__" in name]


def test_an_analysis_that_cannot_be_read_costs_no_other_call(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for call_id in "abc":
        put(store, call_id, "scored")
    write(store)
    good = files(store)
    store.analysis_path("b").write_text("{", encoding="utf-8")
    result = write(store)
    assert result.calls == 2
    assert [(f.call_id, f.stage) for f in result.unreadable] == [("b", "reading the analysis")]
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "is not valid JSON" in index and "calls/b/report" not in index
    assert b"\nb," not in (tmp_path / "calls.csv").read_bytes()
    put(store, "b", "scored")
    assert write(store) == SiteResult(3)
    assert files(store) == good


def test_the_number_of_workers_changes_no_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_CALLS_PER_TASK", 2)
    made = []
    for jobs in (1, 2):
        store = Store(tmp_path / str(jobs))
        for call_id, variant in zip("abcde", VARIANTS, strict=True):
            put(store, call_id, variant)
        write(store, jobs=jobs)
        made.append(files(store))
    assert made[0] == made[1]


def test_pages_of_calls_are_written_again_when_asked_for(tmp_path: Path) -> None:
    store = Store(tmp_path)
    put(store, "a", "scored")
    write(store)
    page = store.call_folder("a") / "report.html"
    assert not page.exists()
    write(store, pages=True)
    assert page.stat().st_size > 0
    first = times(store)
    write(store, pages=True)
    assert times(store) == first  # the pages about all calls stay as they are


def page_times(store: Store) -> dict[str, int]:
    return {path.parent.name: path.stat().st_mtime_ns for path in store.calls.glob("*/report.html")}


def test_a_report_is_written_again_only_where_it_would_come_out_other(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for call_id in "abc":
        put(store, call_id, "scored")
    assert write(store, pages=True).written == 3
    first = page_times(store)
    assert write(store, pages=True).written == 0 and page_times(store) == first
    (store.call_folder("a") / "report.html").write_text("edited", encoding="utf-8")
    (store.call_folder("b") / "report.md").unlink()
    put(store, "c", "two")
    assert write(store, pages=True).written == 3
    assert b"edited" not in (store.call_folder("a") / "report.html").read_bytes()
    assert (store.call_folder("b") / "report.md").is_file()
    assert write(store, pages=True).written == 0
    other = Config(site=SiteConfig(trust_good=0.99, trust_fair=0.98))
    assert write(store, other, pages=True).written == 3
    for call_id in "abc":
        expected = render_markdown(store.load(call_id), shipped_guide(), site=other.site)
        assert (store.call_folder(call_id) / "report.md").read_text(encoding="utf-8") == expected


def test_what_somebody_said_gets_into_the_report_without_being_asked_for(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for call_id in "ab":
        put(store, call_id, "scored")
    write(store, pages=True)
    before = page_times(store)
    said = ReviewStore(tmp_path)
    said.add(opinion(call_id="a", comment="well spotted"))
    assert write(store).written == 1
    page = store.call_folder("a") / "report.html"
    assert b"well spotted" in page.read_bytes()
    assert page_times(store)["b"] == before["b"] and write(store).written == 0
    said.take_back(Sender("a", "Ana", ReviewRole.COACH, AT), Part.FINDING, opinion().finding)
    assert write(store).written == 1 and b"well spotted" not in page.read_bytes()


def test_reviews_that_cannot_be_read_cost_no_report(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = Store(tmp_path)
    for call_id in "abc":
        put(store, call_id, "scored")
        ReviewStore(tmp_path).add(opinion(call_id=call_id, comment=f"spotted in {call_id}"))
    put(store, "d", "scored")
    assert write(store, pages=True).unread is None

    def on_page() -> set[str]:
        pages = {c: (store.call_folder(c) / "report.html").read_bytes() for c in "abcd"}
        return {c for c, page in pages.items() if f"spotted in {c}".encode() in page}

    assert on_page() == set("abc")
    expected = files(store)
    kept = (tmp_path / "reviews.sqlite").read_bytes()
    (tmp_path / "reviews.sqlite").write_bytes(b"no database" * 500)
    put(store, "b", "scored")  # written anew, so that its report is old
    (store.call_folder("c") / "report.md").unlink()
    write_file(store.call_folder("d") / "report.html", b"just now")
    broken = write(store, pages=True, written=["d"])
    assert (broken.calls, broken.problems, broken.written) == (4, (), 3)
    assert broken.unread is not None and "bring the file back" in broken.unread
    (told,) = [one.message for one in caplog.records if one.levelname == "ERROR"]
    assert told == f"reports have no reviews: {broken.unread}"
    assert str(tmp_path / "reviews.sqlite") in told
    assert on_page() == {"a"}  # what stands is not made worse
    assert write(store, pages=True).written == 0
    assert on_page() == {"a"}

    (tmp_path / "reviews.sqlite").write_bytes(kept)
    mended = write(store)  # as a run does, which looks at no other report
    assert (mended.written, mended.unread) == (2, None)
    assert on_page() == set("abc") and files(store) == expected
    assert write(store).written == 0


def test_a_report_that_was_written_just_now_is_not_written_again(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for call_id in "ab":
        put(store, call_id, "scored")
        write_file(store.call_folder(call_id) / "report.html", b"just now")
    ReviewStore(tmp_path).add(opinion(call_id="b", comment="well spotted"))
    assert write(store, pages=True, written=["a", "b"]).written == 2
    assert (store.call_folder("a") / "report.html").read_bytes() == b"just now"
    # What was said while it was written may not be in it.
    assert b"well spotted" in (store.call_folder("b") / "report.html").read_bytes()
    assert write(store, pages=True).written == 0


def test_pages_do_not_lead_with_what_coaches_did_not_agree_with(tmp_path: Path) -> None:
    store = Store(tmp_path)
    put(store, "a", "scored")
    write(store)
    expected, index = files(store), tmp_path / "index.html"
    finding = next(one for one in scored().findings or () if one.rank is not None)
    link = f"#finding-{finding.key}".encode()
    assert link in index.read_bytes()

    def say(what: Opinion, reviewer: str, role: ReviewRole = ReviewRole.COACH) -> None:
        one = opinion(what, call_id="a", key=finding.key, reviewer=reviewer, role=role)
        ReviewStore(tmp_path).add(replace(one, about=ReviewedFinding.of(finding)))
        write(store)

    say(Opinion.DISAGREE, "Maya", ReviewRole.AGENT)  # stands on the call's page, and weighs nothing
    assert files(store) == expected
    say(Opinion.DISAGREE, "Ana")
    assert link not in index.read_bytes()
    agent_page, *_ = (tmp_path / "agents").iterdir()
    for page in (index, tmp_path / "team.html", agent_page):
        assert "Left out here: 1\u00a0moment that" in page.read_text(encoding="utf-8")
    say(Opinion.AGREE, "Bo", ReviewRole.QA)  # one against one: it stays
    assert files(store) == expected


def test_a_report_that_cannot_be_written_leaves_the_call_on_the_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("no such colour")

    store = Store(tmp_path)
    put(store, "a", "two")
    monkeypatch.setattr(reading, "write_reports", broken)
    result = write(store, pages=True)
    assert (result.calls, result.unreadable) == (1, ())
    (problem,) = result.problems
    assert problem.call_id == "a" and "no such colour" in problem.error
    assert b"calls/a/report.html" in (tmp_path / "index.html").read_bytes()


def test_a_memory_that_may_not_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("attempt to write a readonly database")

    monkeypatch.setattr(sqlite3, "connect", locked)
    with pytest.raises(StoreError, match=r"site\.sqlite cannot be used.*readonly"):
        Digests(tmp_path / "site.sqlite", "key")
    assert [path.name for path in tmp_path.iterdir()] == ["site.sqlite"]


def test_no_call_at_all(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert write(store) == SiteResult(0)
    assert len(list(store.tables.iterdir())) == 12
    assert write(store) == SiteResult(0)
