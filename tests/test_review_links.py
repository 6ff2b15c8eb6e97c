"""Who may come in, and for how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callcoach.errors import SourceError
from callcoach.review.links import Doors, Grant, parse_grant
from callcoach.reviews import ReviewRole
from callcoach.settings.review import ReviewConfig
from reviewing import COACH, agent
from shipped import ReviewStore

CONFIG = ReviewConfig(link_days=2, session_hours=1)


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def doors(tmp_path: Path, clock: Clock) -> Doors:
    return Doors(ReviewStore(tmp_path), CONFIG, clock)


def test_a_link_lets_in_whom_it_was_made_for(doors: Doors) -> None:
    for grant in (COACH, Grant(ReviewRole.QA), agent("maya")):
        token = doors.open(doors.make_link(grant))
        assert token is not None
        session = doors.session(token)
        assert session is not None and session.grant == grant and session.reviewer == ""


def test_nothing_that_is_stored_opens_a_door(tmp_path: Path, doors: Doors) -> None:
    link = doors.make_link(COACH)
    session = doors.open(link)
    assert session is not None
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("reviews.sqlite*"))
    for token in (link, session):
        name, secret = token.split(".")
        assert name.encode() in kept and secret.encode() not in kept
        assert len(secret) >= 43  # 32 bytes


@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: t + "a", lambda t: t.split(".")[0],
                                    lambda t: "." + t.split(".")[1], lambda t: "", lambda t: "é.ü",
                                    lambda t: t.upper()])  # fmt: skip
def test_no_other_token_opens_one(doors: Doors, change) -> None:
    link = doors.make_link(COACH)
    assert doors.open(change(link)) is None
    session = doors.open(link)
    assert session is not None
    assert doors.session(change(session)) is None
    assert doors.session(link) is None
    assert doors.open(session) is None


def test_the_secret_of_one_link_does_not_open_another(doors: Doors) -> None:
    first, second = doors.make_link(agent("maya")), doors.make_link(COACH)
    assert doors.open(f"{second.split('.')[0]}.{first.split('.')[1]}") is None


def test_links_and_sessions_grow_old(doors: Doors, clock: Clock) -> None:
    link = doors.make_link(COACH)
    session = doors.open(link)
    assert session is not None
    clock.now += timedelta(minutes=59)
    assert doors.session(session) is not None
    clock.now += timedelta(minutes=1)
    assert doors.session(session) is None
    assert doors.open(link) is not None
    clock.now += timedelta(days=2)
    assert doors.open(link) is None


def test_no_session_outlives_its_link(doors: Doors, clock: Clock) -> None:
    link = doors.make_link(COACH)
    clock.now += timedelta(days=2) - timedelta(minutes=5)
    session = doors.open(link)
    assert session is not None
    clock.now += timedelta(minutes=5)
    assert doors.session(session) is None


def test_a_link_that_is_taken_back_closes_its_sessions_and_no_other(doors: Doors) -> None:
    links = [doors.make_link(COACH), doors.make_link(COACH)]
    sessions = [doors.open(link) for link in links]
    assert sessions[0] and sessions[1]
    doors.revoke(links[0].split(".")[0])
    assert doors.session(sessions[0]) is None and doors.open(links[0]) is None
    assert doors.session(sessions[1]) is not None and doors.open(links[1]) is not None
    states = {link.name: link.revoked_at is None for link in doors.links()}
    assert states == {links[0].split(".")[0]: False, links[1].split(".")[0]: True}
    with pytest.raises(SourceError, match="no link 'nothing'"):
        doors.revoke("nothing")


def test_leaving_ends_one_session(doors: Doors) -> None:
    link = doors.make_link(COACH)
    first, second = doors.open(link), doors.open(link)
    assert first and second
    session = doors.session(first)
    assert session is not None
    doors.close(session)
    assert doors.session(first) is None and doors.session(second) is not None


def test_each_session_has_a_form_token_of_its_own(doors: Doors) -> None:
    link = doors.make_link(COACH)
    tokens = set()
    for _ in range(3):
        opened = doors.open(link)
        session = doors.session(opened or "")
        assert session is not None
        tokens.add(session.form_token)
    assert len(tokens) == 3


@pytest.mark.parametrize(
    "text, grant",
    [
        ("coach", COACH),
        (" qa ", Grant(ReviewRole.QA)),
        ("agent:maya", agent("maya")),
        ("agent: a:b/c é ", agent("a:b/c é")),
    ],
)
def test_who_a_link_is_for_is_read(text: str, grant: Grant) -> None:
    assert parse_grant(text) == grant


@pytest.mark.parametrize("text", ["", "agent", "agent:", "coach:ana", "boss", "Coach"])
def test_other_roles_are_refused(text: str) -> None:
    with pytest.raises(SourceError, match="coach, qa or agent:ID"):
        parse_grant(text)


def test_only_an_agents_link_names_an_agent() -> None:
    with pytest.raises(ValueError):
        Grant(ReviewRole.AGENT)
    with pytest.raises(ValueError):
        Grant(ReviewRole.COACH, "maya")
