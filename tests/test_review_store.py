"""What is said is kept, by whoever says it at the same time."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcoach.errors import StoreError
from callcoach.review.export import COLUMNS, export_table
from callcoach.review.store import Part, Sender, latest_of, reviews_of
from callcoach.reviews import NO_REVIEWS, Opinion, ReviewRole, ScoreReview
from reviewing import AT, KEY, comment, discussed, opinion, reply, score
from shipped import ReviewStore, last_events, load_reviews

EVERYTHING = (
    opinion(comment="Yes,\nI heard it \U0001f44d"),
    score(72.5),
    score(None, practice="empathy", reason="no concern was voiced"),
    comment("<script>alert(1)</script>"),
    comment("not for the agent", id="c" * 16, coaches_only=True),
    discussed(),
    reply("I was on hold myself."),
)


def test_what_is_said_comes_back_as_it_was(tmp_path: Path) -> None:
    store = ReviewStore(tmp_path)
    for said in EVERYTHING:
        store.add(said)
    assert tuple(event.said for event in store.events()) == EVERYTHING
    found = ReviewStore(tmp_path).of_call("c1")
    everything = (
        *found.findings, *found.scores, *found.comments, *found.discussed, *found.replies
    )  # fmt: skip
    assert set(everything) == set(EVERYTHING)
    assert store.of_call("c2") == NO_REVIEWS


def test_what_is_said_together_is_kept_together(tmp_path: Path) -> None:
    store = ReviewStore(tmp_path)
    with store.connected() as db:
        db.execute(
            "CREATE TRIGGER full BEFORE INSERT ON events WHEN NEW.target = 'empathy' "
            "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        )
    with pytest.raises(StoreError, match="disk is full"):
        store.add(score(70), score(80, practice="empathy"))
    assert store.events() == () and store.last_events() == {}
    store.add(score(70), score(80, practice="overall"), score(10, call_id="c2"))
    assert store.last_events() == {"c1": 2, "c2": 3}


def test_the_latest_of_each_person_counts_and_the_earlier_ones_stay(tmp_path: Path) -> None:
    store = ReviewStore(tmp_path)
    store.add(opinion(Opinion.AGREE))
    store.add(opinion(Opinion.DISAGREE, reviewer="Ben"))
    store.add(opinion(Opinion.UNSURE, reviewer="ANA"))
    store.add(opinion(Opinion.DISAGREE, role=ReviewRole.AGENT))  # another Ana: the agent
    found = {(one.reviewer, one.role): one.opinion for one in store.of_call("c1").findings}
    assert found == {
        ("Ben", ReviewRole.COACH): Opinion.DISAGREE,
        ("ANA", ReviewRole.COACH): Opinion.UNSURE,
        ("Ana", ReviewRole.AGENT): Opinion.DISAGREE,
    }
    assert len(store.events()) == 4


def test_what_is_taken_back_counts_no_more_until_it_is_said_again(tmp_path: Path) -> None:
    store = ReviewStore(tmp_path)
    store.add(opinion())
    store.take_back(Sender("c1", "Ana", ReviewRole.COACH, AT), Part.FINDING, KEY)
    assert not store.of_call("c1")
    store.add(opinion(Opinion.DISAGREE))
    assert [one.opinion for one in store.of_call("c1").findings] == [Opinion.DISAGREE]
    assert len(store.events()) == 3


def test_nothing_that_was_said_can_be_changed(tmp_path: Path) -> None:
    store = ReviewStore(tmp_path)
    store.add(opinion())
    with store.connected() as db, pytest.raises(sqlite3.IntegrityError):
        db.execute("UPDATE events SET reviewer = 'somebody'")
    assert store.of_call("c1").findings[0].reviewer == "Ana"


def test_forgetting_a_call_leaves_no_word_of_it_on_the_disk(tmp_path: Path) -> None:
    store = ReviewStore(tmp_path)
    store.add(comment("a very private remark"))
    store.add(opinion(call_id="c2"))
    store.note_opened("c1", "Ana", ReviewRole.COACH)
    store.forget("c1")
    assert set(store.all()) == {"c2"}
    assert not store.has_opened("c1", "ana", ReviewRole.COACH)
    left = b"".join(path.read_bytes() for path in tmp_path.glob("reviews.sqlite*"))
    assert b"private remark" not in left


def test_pages_never_get_what_is_for_coaches_alone(tmp_path: Path) -> None:
    store = ReviewStore(tmp_path)
    for said in EVERYTHING:
        store.add(said)
    reviews = load_reviews(tmp_path)["c1"]
    assert [one.text for one in reviews.comments] == ["<script>alert(1)</script>"]
    assert len(reviews.findings) == 1


def test_looking_for_reviews_makes_no_file(tmp_path: Path) -> None:
    assert load_reviews(tmp_path) == {}
    assert last_events(tmp_path) == {}
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_private(tmp_path: Path) -> None:
    store = ReviewStore(tmp_path)
    store.add(opinion())
    with store.connected():  # the files beside it are there while it is open
        for path in tmp_path.glob("reviews.sqlite*"):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "reviews.sqlite").write_bytes(b"these are no reviews" * 100)
    with pytest.raises(StoreError, match=r"reviews\.sqlite cannot be used"):
        ReviewStore(tmp_path)


@pytest.mark.parametrize("content", ["{}", "no json", '{"opinion": "new"}'])
def test_an_entry_of_another_version_is_told(tmp_path: Path, content: str) -> None:
    store = ReviewStore(tmp_path)
    store.add(opinion())
    with store.connected() as db:
        db.execute(
            "INSERT INTO events (at, call_id, part, target, reviewer, role, content) "
            "VALUES (?, 'c1', 'finding', 'x', 'Ana', 'coach', ?)",
            (AT.isoformat(), content),
        )
    with pytest.raises(StoreError, match=r"entry 2 of reviews\.sqlite cannot be read"):
        load_reviews(tmp_path)


def test_a_file_that_another_program_holds_is_told(tmp_path: Path) -> None:
    store = ReviewStore(tmp_path, busy_s=0.0)
    with store.connected() as db:
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="is locked; close the program that has it open"):
            ReviewStore(tmp_path, busy_s=0.0)


def test_an_opinion_on_a_finding_that_is_gone_is_still_there(tmp_path: Path) -> None:
    store = ReviewStore(tmp_path)
    store.add(opinion())
    reviews = store.of_call("c1")
    assert reviews.gone({KEY}) == ()
    (gone,) = reviews.gone({"other-1000"})
    assert gone.about.quote == "two payments in March" and gone.about.practice == "attend"


def write_many(job: tuple[Path, int]) -> None:
    out, writer = job
    for number in range(50):
        ReviewStore(out).add(
            replace(comment(f"{writer} {number}", id=f"{writer}-{number}"), reviewer=f"r{writer}")
        )


def test_eight_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    with context.Pool(8) as pool:
        pool.map(write_many, [(tmp_path, writer) for writer in range(8)], chunksize=1)
    texts = [one.text for one in ReviewStore(tmp_path).of_call("c1").comments]
    assert sorted(texts) == sorted(f"{w} {n}" for w in range(8) for n in range(50))


def test_threads_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    threads = [threading.Thread(target=write_many, args=((tmp_path, n),)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ReviewStore(tmp_path).events()) == 200


KILLED = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from reviewing import comment
from shipped import ReviewStore
store = ReviewStore(Path({out!r}))
for number in range(10_000):
    store.add(comment(str(number), id=str(number)))
    print(number, flush=True)
"""


def test_a_writer_that_is_killed_loses_nothing_that_was_saved(tmp_path: Path) -> None:
    code = KILLED.format(tests=str(Path(__file__).parent), out=str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        told = [int(process.stdout.readline()) for _ in range(20)]
        os.kill(process.pid, signal.SIGKILL)
    texts = {one.text for one in ReviewStore(tmp_path).of_call("c1").comments}
    assert {str(number) for number in told} <= texts


def test_the_export_has_every_entry_and_tells_which_count(tmp_path: Path) -> None:
    store = ReviewStore(tmp_path)
    for said in EVERYTHING:
        store.add(said)
    store.add(opinion(Opinion.DISAGREE, comment="=HYPERLINK(1)"))
    store.take_back(Sender("c1", "Ana", ReviewRole.COACH, AT), Part.SCORE, "attend")
    frame = export_table(store.events())
    assert list(frame.columns) == list(COLUMNS)
    assert frame["part"].tolist() == [
        "finding", "score", "score", "comment", "comment", "discussed", "reply", "finding", "score"
    ]  # fmt: skip
    assert frame["counts"].tolist() == [
        False, False, True, True, True, True, True, True, False
    ]  # fmt: skip
    assert frame["score"].dropna().tolist() == [72.5]
    assert frame["text"].tolist()[0] == "Yes,\nI heard it \U0001f44d"


def test_an_export_of_nothing_has_its_columns() -> None:
    assert list(export_table(()).columns) == list(COLUMNS)


@pytest.mark.parametrize("score, reason", [(101.0, "x"), (-0.1, "x"), (None, "")])
def test_a_score_that_is_none_cannot_be_made(score: float | None, reason: str) -> None:
    with pytest.raises(ValueError):
        ScoreReview("c1", "Ana", ReviewRole.COACH, AT, "attend", score, reason)


said = st.builds(
    opinion,
    st.sampled_from(Opinion),
    call_id=st.sampled_from(["c1", "c2"]),
    key=st.sampled_from(["a-1", "b-2"]),
    reviewer=st.sampled_from(["Ana", "ana", "Ben"]),
    role=st.sampled_from([ReviewRole.COACH, ReviewRole.AGENT]),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(said, max_size=12))
def test_what_counts_is_what_a_plain_table_would_hold(
    tmp_path_factory: pytest.TempPathFactory, everything: list
) -> None:
    store = ReviewStore(tmp_path_factory.mktemp("reviews"))
    table = {}
    for number, one in enumerate(everything):
        store.add(replace(one, at=AT + timedelta(seconds=number)))
        table[one.call_id, one.finding, one.reviewer.casefold(), one.role] = one.opinion
    found = {
        (one.call_id, one.finding, one.reviewer.casefold(), one.role): one.opinion
        for reviews in reviews_of(store.events()).values()
        for one in reviews.findings
    }
    assert found == table
    assert len(latest_of(store.events())) == len(table)


@pytest.fixture(autouse=True)
def no_umask() -> Iterator[None]:
    """Files are private by themselves, not by the shell's settings."""
    before = os.umask(0)
    yield
    os.umask(before)
