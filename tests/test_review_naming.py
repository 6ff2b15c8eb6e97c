"""Naming the agent with one click in the review app."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

import factory
from callcoach.batch.run import agent_naming as naming_in_store
from callcoach.config.config import Config
from callcoach.dialogue.phrasebook import Matcher
from callcoach.errors import StoreError
from callcoach.model.party import Roles, RoleSource
from callcoach.review import agent_naming as naming
from callcoach.storage.output_folder import Store
from coached import coached
from reviewing import COACH, Person, agent, of_agent
from stored import stored

CONFIG = Config()


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A call of which nobody knows the agent, one whose words tell it, and one with a map."""
    matcher = Matcher(CONFIG.phrases, None, CONFIG.matching)
    monkeypatch.setattr(naming_in_store, "load_matcher", lambda config: (matcher, None))
    known = factory.two_channels(playback=None)
    calls = (
        of_agent(factory.unnamed(known), "c1", "maya"),
        of_agent(replace(known, roles=Roles(RoleSource.WORDS, 0.9)), "c2", "maya"),
        of_agent(known, "c3", "maya"),
    )
    provenance = replace(known.provenance, config_sha256=CONFIG.sha256)
    stored(tmp_path, [coached(replace(call, provenance=provenance)) for call in calls])
    return tmp_path


@pytest.fixture
def coach(out: Path) -> Person:
    return Person(out, COACH)


def waited(person: Person, call_id: str) -> str:
    """Where the page that waits goes to in the end, or what it says."""
    for _ in range(600):
        answer = person.get(f"/calls/{call_id}/agent")
        if answer.status_code != 200:
            return answer.headers.get("location") or answer.text
        assert "Being worked out" in answer.text
        time.sleep(0.05)
    raise AssertionError("it never ended")


def test_one_click_names_the_agent(out: Path, coach: Person) -> None:
    page = coach.page("c1")
    assert "Speaker 1 is the agent" in page and "Speaker 2 is the agent" in page
    assert "Thank you for calling Harbour Energy, this is Maya." in page
    answer = coach.post("/calls/c1/agent", agent="speaker_2")
    assert (answer.status_code, answer.headers["location"]) == (303, "/calls/c1/agent")
    assert waited(coach, "c1") == "/calls/c1/report.html"
    after = coach.page("c1")
    assert "is the agent</button>" in after and "Nobody knows yet" not in after
    analysis = Store(out).load("c1")
    assert [party.id for party in analysis.call.parties] == ["customer", "agent"]
    assert analysis.scorecard is not None and analysis.scorecard.overall is not None


def test_roles_that_the_words_tell_are_asked_about_and_others_can_be_mended(coach: Person) -> None:
    doubtful, given = coach.page("c2"), coach.page("c3")
    assert '<details class="box naming" id="who" open>' in doubtful
    assert '<details class="box naming" id="who">' in given
    for page in (doubtful, given):
        assert "Yes, this is the agent" in page and "No, this is the agent" in page
    coach.post("/calls/c2/agent", agent="customer")
    assert waited(coach, "c2") == "/calls/c2/report.html"
    assert '<details class="box naming" id="who">' in coach.page("c2")


def test_only_coaches_name_the_agent(out: Path) -> None:
    maya = Person(out, agent("maya"), "Maya")
    assert "is the agent</button>" not in maya.page("c1") + maya.page("c2")
    assert "Your coach can say it" in maya.page("c1")
    assert maya.post("/calls/c1/agent", agent="speaker_1").status_code == 403
    ben = Person(out, agent("ben"), "Ben")
    assert ben.post("/calls/c1/agent", agent="speaker_1").status_code == 404
    assert [p.id for p in Store(out).load("c1").call.parties] == ["speaker_1", "speaker_2"]


def test_a_form_of_another_page_or_speaker_is_refused(out: Path, coach: Person) -> None:
    assert coach.post("/calls/c1/agent", agent="agent").status_code == 400
    assert coach.post("/calls/c1/agent").status_code == 400
    sent = {"agent": "speaker_1", "form_token": "x"}
    answer = coach.client.post("/calls/c1/agent", data=sent, follow_redirects=False)
    assert answer.status_code == 403
    origin = {"origin": "http://evil.example"}
    sent["form_token"] = coach.token
    assert coach.client.post("/calls/c1/agent", data=sent, headers=origin).status_code == 403
    coach.client.cookies.clear()
    assert coach.get("/calls/c1/agent").status_code == 401
    assert [p.id for p in Store(out).load("c1").call.parties] == ["speaker_1", "speaker_2"]


def test_a_folder_in_use_is_told_and_nothing_changes(out: Path, coach: Person) -> None:
    with Store(out).locked():
        coach.post("/calls/c1/agent", agent="speaker_1")
        assert "try again when that is over" in waited(coach, "c1")
    assert [p.id for p in Store(out).load("c1").call.parties] == ["speaker_1", "speaker_2"]
    assert coach.get("/calls/c1/agent").headers["location"] == "/calls/c1/report.html"


def test_the_page_waits_and_two_clicks_are_one(
    coach: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, asked = threading.Event(), []

    def slow(store: Store, call_id: str, agent: str) -> None:
        asked.append((call_id, agent))
        go_on.wait(10)
        raise StoreError("the disk is full")

    monkeypatch.setattr(naming, "name_agent", slow)
    coach.post("/calls/c1/agent", agent="speaker_1")
    coach.post("/calls/c1/agent", agent="speaker_2")
    answer = coach.get("/calls/c1/agent")
    assert answer.status_code == 200 and 'http-equiv="refresh"' in answer.text
    go_on.set()
    assert "the disk is full" in waited(coach, "c1")
    assert asked == [("c1", "speaker_1")]
