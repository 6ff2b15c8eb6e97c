"""What the review app lets in, shows and keeps, request by request."""

from __future__ import annotations

import html
import re
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from callcoach.batch.ledger import Ledger
from callcoach.batch.store import Store
from callcoach.config import Config
from callcoach.review.app import build_app
from callcoach.review.links import Doors, Grant
from callcoach.reviews import Opinion, ReviewRole
from callcoach.settings.review import ReviewConfig
from coached import finding, scored
from reviewing import COACH, HOST, KEY, SOUND, Person, agent, comment, folder, opinion, reply
from shipped import ReviewStore, write_analysis, write_site

HOSTILE = (
    '<script>alert(1)</script>"><img src=x onerror=alert(1)> =HYPERLINK("x") \u202eabc \U0001f44d'
)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return folder(tmp_path)


@pytest.fixture
def coach(out: Path) -> Person:
    return Person(out, COACH)


@pytest.fixture
def maya(out: Path) -> Person:
    return Person(out, agent("maya"), "Maya")


def visible(page: str) -> str:
    """The page's text, near enough: tags out, entities read."""
    page = re.sub(r"<(script|style).*?</\1>", " ", page, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


# ----------------------------------------------------------------- the door


def test_a_link_leaves_the_address_at_once_and_becomes_a_cookie(out: Path) -> None:
    person = Person(out, COACH, name="")
    person.client.cookies.clear()
    answer = person.get(f"/open/{person.link}")
    assert answer.status_code == 303 and answer.headers["location"] == "/welcome"
    assert answer.headers["referrer-policy"] == "no-referrer"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and "path=/" in cookie
    assert person.link not in cookie
    assert "Your name" in person.client.get("/").text


@pytest.mark.parametrize("token", ["x", "x.y", "é", "0" * 5000])
def test_a_wrong_link_is_told_kindly(out: Path, token: str) -> None:
    answer = Person(out, COACH, name="").get(f"/open/{token}")
    assert answer.status_code == 404 and "Ask your coach for a new one" in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "path",
    ["/", "/index.html", "/team.html", "/agents/maya.html", "/calls/c1/report.html",
     "/calls/c1/sound.m4a", "/calls/c1/score.html", "/assets/index.js"],
)  # fmt: skip
def test_nobody_comes_in_without_a_link(coach: Person, path: str) -> None:
    assert coach.get(path).status_code in (200, 303)
    coach.client.cookies.clear()
    answer = coach.get(path)
    assert answer.status_code == 401 and "personal link" in answer.text


def test_who_has_left_or_lost_the_link_is_out(coach: Person) -> None:
    coach.doors.revoke(coach.link.split(".")[0])
    assert coach.get("/").status_code == 401
    again = Person(coach.doors._store.path.parent, COACH)
    assert again.post("/leave").status_code == 200
    assert again.get("/").status_code == 401


def test_a_cookie_that_is_none_is_no_error(out: Path) -> None:
    client = TestClient(
        build_app(out, Config(), hosts=frozenset({HOST})), base_url=f"http://{HOST}"
    )
    for cookie in ("=;=", "a b c", 'x="\\', "callcoach_=1", "\xff"):
        assert client.get("/", headers={"cookie": cookie.encode("latin-1")}).status_code == 401


# ----------------------------------------------------------------- the guard


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "evil.example:80", "", "127.0.0.2", "[::"]
)
def test_another_host_is_refused(coach: Person, host: str) -> None:
    assert coach.get("/", host=host).status_code == 400


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:9999"])
def test_the_own_host_is_taken_with_any_port(coach: Person, host: str) -> None:
    assert coach.get("/", host=host).status_code == 200


def test_a_form_without_the_token_of_the_session_is_refused(out: Path, coach: Person) -> None:
    other = Person(out, COACH, "Ben")
    fields = {"finding": KEY, "opinion": "agree"}
    for token in ({}, {"form_token": ""}, {"form_token": "é"}, {"form_token": other.token}):
        answer = coach.client.post("/calls/c1/opinion", data=fields | token, follow_redirects=False)
        assert answer.status_code == 403, token
    assert ReviewStore(out).events() == ()
    assert coach.post("/calls/c1/opinion", **fields).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [{"origin": "http://evil.example"}, {"origin": "null"}, {"origin": "https://127.0.0.1"},
     {"origin": "http://127.0.0.1:81"}, {"sec-fetch-site": "cross-site"},
     {"sec-fetch-site": "same-site"}],
)  # fmt: skip
def test_a_form_from_another_page_is_refused(
    out: Path, coach: Person, headers: dict[str, str]
) -> None:
    fields = {"form_token": coach.token, "finding": KEY, "opinion": "agree"}
    answer = coach.client.post("/calls/c1/opinion", data=fields, headers=headers)
    assert answer.status_code == 403
    assert ReviewStore(out).events() == ()


def test_a_form_from_the_own_page_is_taken(coach: Person) -> None:
    fields = {"form_token": coach.token, "finding": KEY, "opinion": "agree"}
    headers = {"origin": f"http://{HOST}", "sec-fetch-site": "same-origin"}
    answer = coach.client.post(
        "/calls/c1/opinion", data=fields, headers=headers, follow_redirects=False
    )
    assert answer.status_code == 303


def test_too_much_is_refused_whether_its_length_is_told_or_not(out: Path, coach: Person) -> None:
    much = {"form_token": coach.token, "text": "x" * 70_000}
    assert coach.client.post("/calls/c1/comment", data=much).status_code == 413
    form = {"content-type": "application/x-www-form-urlencoded"}
    parts = (b"x" * 1000 for _ in range(70))
    answer = coach.client.post("/calls/c1/comment", content=parts, headers=form)
    assert answer.status_code == 413
    long = coach.post("/calls/c1/comment", id="a" * 16, text="x" * 4001, **{"for": "all"})
    assert long.status_code == 400 and "4001 characters, and 4000 fit" in long.text
    many = coach.post("/calls/c1/comment", **{f"f{n}": "" for n in range(500)})
    assert many.status_code == 400
    assert ReviewStore(out).events() == ()


def test_a_comment_of_full_length_fits_in_any_script(out: Path, coach: Person) -> None:
    text = "\u6f22" * 4000
    answer = coach.post("/calls/c1/comment", id="a" * 16, text=text, **{"for": "all"})
    assert answer.status_code == 303
    assert ReviewStore(out).of_call("c1").comments[0].text == text


def test_other_kinds_of_request_are_refused(coach: Person) -> None:
    assert coach.client.put("/").status_code == 405
    assert coach.client.delete("/calls/c1/report.html").status_code == 405
    assert coach.client.post("/calls/c1/opinion", json={}).status_code == 415
    assert coach.client.post("/calls/c1/report.html", data={"a": "b"}).status_code == 405


def test_every_answer_carries_the_headers(coach: Person) -> None:
    for path in ("/", "/calls/c1/report.html", "/index.html", "/nothing", "/calls/c1/sound.m4a"):
        headers = coach.get(path).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
        assert headers["x-frame-options"] == "DENY"
        if "html" in headers["content-type"]:
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert "http:" not in headers["content-security-policy"]


def test_the_call_page_lets_in_its_own_scripts_alone(coach: Person) -> None:
    policy = html.unescape(
        re.search(r'Content-Security-Policy" content="([^"]+)"', coach.page()).group(1)
    )
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'" and rules["form-action"] == "'self'"
    assert "unsafe" not in rules["script-src"] and "'self'" in rules["script-src"]
    assert "sha256-" in rules["script-src"]


# ----------------------------------------------------------------- files


TRAVERSALS = [
    "/calls/../reviews.sqlite", "/calls/..%2f..%2fetc/report.html", "/%2e%2e/ledger.sqlite",
    "/calls/%2e%2e/report.html", "/calls/c1/..%2f..%2fledger.sqlite", "/calls/c1/%2e%2e",
    "/calls/c1/analysis.json", "/calls/c1/report.md", "/reviews.sqlite", "/ledger.sqlite",
    "/calls.csv", "/tables/calls.parquet", "/logs/run.log", "/guide.json", "/.lock",
    "/failed/x.json", "/assets/..%2fcalls.csv", "/assets/%2e%2e%2findex.html",
    "/agents/..%2findex.html", "/agents/%2e%2e", "/agents/maya.html%00.js",
    "/calls/c1%00/report.html",
    "/calls/c1\\..\\c3/report.html", "/calls/c1%5c..%5cc3/report.html", "//etc/passwd",
    "/review/../app.py", "/review/app.py", "/review/..%2fapp.py", "/calls//report.html",
    "/assets/secret.sqlite", "/calls/C1/report.html", "/site.sqlite",
]  # fmt: skip


@pytest.mark.parametrize("path", TRAVERSALS)
def test_no_path_leads_to_another_file(out: Path, coach: Person, path: str) -> None:
    (out / "assets" / "secret.sqlite").write_text("secret")
    (out / "site.sqlite").touch()
    answer = coach.client.get(f"http://{HOST}{path}", follow_redirects=False)
    assert answer.status_code in (404, 405), path


def test_no_link_in_the_folder_leads_out_of_it(tmp_path: Path) -> None:
    out = folder(tmp_path / "out")
    secret = tmp_path / "secret.js"
    secret.write_text("secret")
    (out / "assets" / "out.js").symlink_to(secret)
    (out / "index.html").unlink()
    (out / "index.html").symlink_to(secret)
    (out / "calls" / "c1" / "sound.m4a").unlink()
    (out / "calls" / "c1" / "sound.m4a").symlink_to(secret)
    (out / "calls" / "c9").symlink_to(out / "calls" / "c3", target_is_directory=True)
    coach = Person(out, COACH)
    for path in ("/assets/out.js", "/index.html", "/calls/c1/sound.m4a", "/calls/c9/report.html"):
        assert coach.get(path).status_code == 404, path


def test_a_coach_sees_every_page(coach: Person) -> None:
    calls = [f"/calls/c{number}/report.html" for number in range(1, 5)]
    for path in ("/index.html", "/team.html", "/agents/maya.html", "/agents/ben.html",
                 "/assets/index.js", "/review/review.js", *calls):  # fmt: skip
        assert coach.get(path).status_code == 200, path


def test_an_agent_sees_the_own_calls_and_nothing_else(maya: Person) -> None:
    for path in ("/calls/c1/report.html", "/calls/c2/report.html", "/agents/maya.html"):
        assert maya.get(path).status_code == 200, path
    for path in ("/calls/c3/report.html", "/calls/c4/report.html", "/agents/ben.html",
                 "/team.html", "/calls/c3/sound.m4a", "/calls/c1/score.html"):  # fmt: skip
        assert maya.get(path).status_code == 404, path
    assert maya.get("/index.html").headers["location"] == "/"
    page = visible(maya.client.get("/").text)
    assert "c1" in page and "c2" in page and "c3" not in page and "c4" not in page
    assert "ben" not in maya.client.get("/?agent=ben").text


def test_an_agent_cannot_review_somebody_elses_call(out: Path, maya: Person) -> None:
    for call_id in ("c3", "c4", "nothing"):
        assert maya.post(f"/calls/{call_id}/reply", id="a" * 16, text="x").status_code == 404
        assert (
            maya.post(f"/calls/{call_id}/opinion", finding=KEY, opinion="agree").status_code == 404
        )
    assert ReviewStore(out).events() == ()


def test_sound_comes_in_parts(coach: Person) -> None:
    whole = coach.get("/calls/c1/sound.m4a")
    assert whole.content == SOUND and whole.headers["content-type"] == "audio/mp4"
    part = coach.get("/calls/c1/sound.m4a", range="bytes=10-19")
    assert part.status_code == 206 and part.content == SOUND[10:20]
    assert part.headers["content-range"] == f"bytes 10-19/{len(SOUND)}"
    # A call without sound has no file of that name, whatever lies there.
    assert coach.get("/calls/c3/sound.m4a").status_code == 404


# ----------------------------------------------------------------- reviews


def test_what_is_sent_is_kept_and_shown_again(out: Path, coach: Person) -> None:
    answer = coach.post("/calls/c1/opinion", finding=KEY, opinion="disagree", comment="Too strict")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/calls/c1/report.html#review-{KEY}"
    coach.post("/calls/c1/score", practice="attend", score="55,5", reason="heard it")
    coach.post("/calls/c1/score", practice="empathy", na="on", reason="nothing to answer")
    coach.post("/calls/c1/comment", id="a" * 16, text="Well done", **{"for": "all"})
    coach.post("/calls/c1/comment", id="b" * 16, text="Ask about the tool", **{"for": "coaches"})
    coach.post("/calls/c1/discussed", on="2026-03-02")
    reviews = ReviewStore(out).of_call("c1")
    (said,) = reviews.findings
    assert (said.opinion, said.comment, said.reviewer) == (Opinion.DISAGREE, "Too strict", "Ana")
    assert said.about.quote == finding().quote and said.about.practice == "attend"
    assert {one.practice: one.score for one in reviews.scores} == {"attend": 55.5, "empathy": None}
    shown = visible(coach.page())
    for text in ("Too strict", "Well done", "Ask about the tool", "talked about it on 2 Mar 2026",
                 "nothing to answer"):  # fmt: skip
        assert text in shown, text


def test_analyses_are_left_as_they_are(out: Path, coach: Person) -> None:
    path = out / "calls" / "c1" / "analysis.json"
    before = path.read_bytes(), path.stat().st_mtime_ns
    coach.post("/calls/c1/opinion", finding=KEY, opinion="disagree")
    coach.post("/calls/c1/score", practice="overall", score="10")
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_an_agent_answers_and_gives_opinions_but_no_scores(out: Path, maya: Person) -> None:
    assert maya.post("/calls/c1/opinion", finding=KEY, opinion="unsure").status_code == 303
    assert maya.post("/calls/c1/reply", id="a" * 16, text="The line was bad").status_code == 303
    for path, fields in (
        ("score", {"practice": "attend", "score": "100"}),
        ("scores", {"score:attend": "100"}),
        ("comment", {"id": "b" * 16, "text": "x", "for": "all"}),
        ("discussed", {"on": "2026-03-02"}),
    ):
        assert maya.post(f"/calls/c1/{path}", **fields).status_code == 403, path
    reviews = ReviewStore(out).of_call("c1")
    assert [one.role for one in reviews.findings] == [ReviewRole.AGENT]
    assert not reviews.scores and not reviews.comments and not reviews.discussed
    page = maya.page()
    assert 'action="/calls/c1/reply"' in page
    assert 'action="/calls/c1/score"' not in page and 'action="/calls/c1/comment"' not in page


def test_a_coach_cannot_speak_for_the_agent(coach: Person) -> None:
    assert coach.post("/calls/c1/reply", id="a" * 16, text="x").status_code == 403
    assert 'action="/calls/c1/reply"' not in coach.page()


def test_an_agent_never_sees_what_is_for_coaches_alone(out: Path, maya: Person) -> None:
    store = ReviewStore(out)
    store.add(comment("a private remark", coaches_only=True))
    store.add(comment("an open remark", id="c" * 16))
    page = maya.page()
    assert "a private remark" not in page and "an open remark" in page
    assert "a private remark" in Person(out, Grant(ReviewRole.QA), "Quinn").page()
    assert "a private remark" not in maya.client.get("/").text


def test_a_text_can_be_changed_and_taken_back_by_its_writer_alone(out: Path, coach: Person) -> None:
    name = "a" * 16
    coach.post("/calls/c1/comment", id=name, text="first", **{"for": "all"})
    Person(out, COACH, "Ben").post("/calls/c1/comment", id=name, text="", **{"for": "all"})
    assert [one.text for one in ReviewStore(out).of_call("c1").comments] == ["first"]
    coach.post("/calls/c1/comment", id=name, text="second", **{"for": "all"})
    assert [one.text for one in ReviewStore(out).of_call("c1").comments] == ["second"]
    coach.post("/calls/c1/comment", id=name, text="", **{"for": "all"})
    assert ReviewStore(out).of_call("c1").comments == ()


def test_sending_a_form_twice_says_it_once(out: Path, coach: Person) -> None:
    for _ in range(2):
        coach.post("/calls/c1/comment", id="a" * 16, text="once", **{"for": "all"})
    assert len(ReviewStore(out).of_call("c1").comments) == 1


@pytest.mark.parametrize(
    "path, fields, told",
    [
        ("opinion", {"finding": KEY, "opinion": "great"}, "choose one"),
        ("opinion", {"finding": KEY}, "choose one"),
        ("opinion", {"finding": "no-1", "opinion": "agree"}, "no longer in the report"),
        ("score", {"practice": "attend", "score": "101"}, "from 0 to 100"),
        ("score", {"practice": "attend", "score": "nan"}, "from 0 to 100"),
        ("score", {"practice": "attend", "score": "many"}, "from 0 to 100"),
        ("score", {"practice": "attend", "score": "5", "na": "on"}, "not both"),
        ("score", {"practice": "attend", "na": "on"}, "why it did not apply"),
        ("score", {"practice": "magic", "score": "5"}, "no such chapter"),
        ("scores", {}, "at least one score"),
        ("comment", {"id": "a" * 16, "text": "x"}, "who may read"),
        ("comment", {"id": "../x", "text": "x", "for": "all"}, "not whole"),
        ("discussed", {"on": "soon"}, "year-month-day"),
        ("discussed", {"on": "2999-01-01"}, "still to come"),
    ],
)
def test_what_is_wrong_in_a_form_is_told_and_nothing_is_kept(
    out: Path, coach: Person, path: str, fields: dict[str, str], told: str
) -> None:
    answer = coach.post(f"/calls/c1/{path}", **fields)
    assert answer.status_code == 400 and told in visible(answer.text)
    assert ReviewStore(out).events() == ()


def test_a_name_is_needed_first(out: Path) -> None:
    nameless = Person(out, COACH, name="")
    assert nameless.get("/calls/c1/report.html").headers["location"] == "/"
    answer = nameless.post("/calls/c1/opinion", finding=KEY, opinion="agree")
    assert answer.status_code == 400 and "your name" in answer.text
    assert nameless.post("/name", name="   ").status_code == 400


def test_hostile_words_are_shown_as_text(out: Path) -> None:
    person = Person(out, COACH, HOSTILE[:80])
    person.post("/calls/c1/comment", id="a" * 16, text=HOSTILE, **{"for": "all"})
    person.post("/calls/c1/opinion", finding=KEY, opinion="agree", comment=HOSTILE)
    for page in (
        person.page(),
        person.client.get("/").text,
        Person(out, agent("maya"), "M").page(),
    ):
        assert "<img src=x" not in page and "<script>alert" not in page
        assert "\u202e" not in page
    assert "<script>alert(1)</script>" in visible(person.page())


def test_an_opinion_on_a_moment_that_is_gone_is_still_shown(out: Path, coach: Person) -> None:
    coach.post("/calls/c1/opinion", finding=KEY, opinion="disagree", comment="That was the radio")
    store = Store.existing(out)
    analysis = store.load("c1")
    assert analysis.findings
    write_analysis(store, replace(analysis, findings=analysis.findings[1:]))
    shown = visible(coach.page())
    assert "moments that the report no longer names" in shown
    assert "That was the radio" in shown and "two payments in March" in shown
    late = coach.post("/calls/c1/opinion", finding=KEY, opinion="agree")
    assert late.status_code == 400 and "scored again" in late.text


def test_the_static_page_shows_what_all_may_read(out: Path) -> None:
    store = ReviewStore(out)
    store.add(opinion(Opinion.DISAGREE, comment="That was the radio"))
    store.add(comment("a private remark", coaches_only=True))
    folder_store = Store.existing(out)
    ledger = Ledger(folder_store.ledger)
    assert write_site(folder_store, ledger).unwritten == ()
    ledger.close()
    page = (out / "calls" / "c1" / "report.html").read_text(encoding="utf-8")
    assert "That was the radio" in page and "a private remark" not in page
    assert "form_token" not in page


def test_scores_by_ear_are_told_from_those_that_saw_the_machines(out: Path, coach: Person) -> None:
    blind = coach.get("/calls/c1/score.html").text
    assert (
        "72" not in visible(blind) and "The whole call" in blind and "/calls/c1/sound.m4a" in blind
    )
    assert "score:attend" in blind and "score:body_language" not in blind  # nobody can hear it
    coach.post("/calls/c1/scores", **{"score:attend": "60", "score:overall": "70"})
    assert coach.get("/calls/c1/report.html").status_code == 200
    again = coach.get("/calls/c1/score.html")
    assert again.headers["location"] == "/calls/c1/report.html#review-scores"
    coach.post("/calls/c1/scores", **{"score:respect": "50"})
    coach.post("/calls/c1/score", practice="overall", score="65")
    found = {one.practice: (one.score, one.seen) for one in ReviewStore(out).of_call("c1").scores}
    assert found == {"attend": (60, False), "respect": (50, True), "overall": (65, True)}
    assert Person(out, COACH, "Ben").get("/calls/c1/score.html").status_code == 200


def test_the_list_tells_whose_turn_it_is(out: Path, coach: Person, maya: Person) -> None:
    def tabs(person: Person) -> dict[str, int]:
        found = re.findall(r">([^<>:]+): (\d+)</a></li>", person.client.get("/").text)
        return {name: int(calls) for name, calls in found}

    assert tabs(coach) == {"The agent wrote": 0, "To look at": 4, "To talk about": 0,
                           "Talked about": 0}  # fmt: skip
    coach.post("/calls/c1/opinion", finding=KEY, opinion="agree")
    assert tabs(coach)["To talk about"] == 1 and tabs(maya)["Somebody wrote to you"] == 1
    maya.post("/calls/c1/reply", id="a" * 16, text="Thank you")
    assert tabs(coach)["The agent wrote"] == 1 and tabs(maya)["You said something"] == 1
    assert "Thank you" in coach.client.get("/?show=answer").text
    coach.post("/calls/c1/discussed", on="2026-03-02")
    assert tabs(coach)["Talked about"] == 1 and tabs(coach)["To look at"] == 3
    assert tabs(maya)["Somebody wrote to you"] == 1
    private = Person(out, COACH, "Ben")
    private.post("/calls/c2/comment", id="c" * 16, text="x", **{"for": "coaches"})
    assert tabs(maya)["Nothing from you yet"] == 1


def test_the_list_has_pages_and_agents(tmp_path: Path) -> None:
    out = folder(tmp_path)
    store = Store.existing(out)
    analysis = store.load("c1")
    for number in range(12):
        call = replace(analysis.call, id=f"x{number:02d}", agent_id="ben")
        write_analysis(store, replace(analysis, call=call))
    coach = Person(out, COACH, config=ReviewConfig(list_calls=10))
    first = coach.client.get("/?show=look").text
    assert "1 to 10 of 16" in visible(first) and "Next" in first
    second = coach.client.get("/?show=look&page=1").text
    assert "11 to 16 of 16" in visible(second) and "Previous" in second
    bens = visible(coach.client.get("/?show=look&agent=ben").text)
    assert "of 13" in bens
    for page in ("9", "-1", "x", "²", "9" * 40):
        assert coach.client.get("/", params={"page": page}).status_code == 200


def test_a_call_that_cannot_be_read_costs_no_other(out: Path, coach: Person) -> None:
    (out / "calls" / "c2" / "analysis.json").write_text("{ half")
    page = coach.client.get("/").text
    assert ">c1<" in page.replace("<bdi>", ">").replace("</bdi>", "<") and ">c2<" not in page
    assert coach.get("/calls/c2/report.html").status_code == 404


def test_a_new_analysis_is_seen_at_once(out: Path, coach: Person) -> None:
    assert "a new quote" not in coach.page()
    store = Store.existing(out)
    analysis = store.load("c1")
    new = replace(scored("a new quote"), call=analysis.call)
    write_analysis(store, new)
    assert "“a new quote”" in visible(coach.page()).replace("“ ", "“").replace(" ”", "”")


def test_a_database_that_cannot_be_written_is_told(out: Path, coach: Person) -> None:
    store = ReviewStore(out)
    with store.connected() as db:
        token = coach.token
        db.execute("BEGIN IMMEDIATE")
        app = build_app(out, Config(review=ReviewConfig(busy_s=0.05)), hosts=frozenset({HOST}))
        client = TestClient(app, base_url=f"http://{HOST}", cookies=coach.client.cookies)
        answer = client.post(
            "/calls/c1/opinion", data={"form_token": token, "finding": KEY, "opinion": "agree"}
        )
        assert answer.status_code == 503 and "save again" in answer.text
        db.execute("ROLLBACK")


def test_people_who_save_at_once_lose_nothing(out: Path) -> None:
    people = [Person(out, COACH, f"coach {n}") for n in range(4)]
    tokens = [person.token for person in people]

    def save(person: Person, token: str) -> None:
        for number in range(10):
            fields = {"form_token": token, "id": f"{number:016x}", "text": "x", "for": "all"}
            answer = person.client.post("/calls/c1/comment", data=fields, follow_redirects=False)
            assert answer.status_code == 303

    threads = [
        threading.Thread(target=save, args=pair) for pair in zip(people, tokens, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ReviewStore(out).of_call("c1").comments) == 40


def test_a_link_and_a_session_end_in_time(out: Path) -> None:
    now = [datetime(2026, 3, 2, tzinfo=UTC)]
    config = ReviewConfig()
    doors = Doors(ReviewStore(out), config, lambda: now[0])
    app = build_app(out, Config(review=config), hosts=frozenset({HOST}), clock=lambda: now[0])
    client = TestClient(app, base_url=f"http://{HOST}")
    link = doors.make_link(COACH)
    client.get(f"/open/{link}")
    assert client.get("/").status_code == 200
    now[0] += timedelta(hours=13)
    assert client.get("/").status_code == 401
    now[0] += timedelta(days=30)
    assert client.get(f"/open/{link}").status_code == 404


def test_an_agents_answer_reaches_the_coach(out: Path, coach: Person) -> None:
    ReviewStore(out).add(reply("I was on hold\nmyself"))
    assert "I was on hold\nmyself" in coach.page()
