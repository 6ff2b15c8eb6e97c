"""Reviews, and a review app with people in it, for tests."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from starlette.testclient import TestClient

from callcoach.call import CallAnalysis
from callcoach.config import Config
from callcoach.playback import Playback, PlaybackKind
from callcoach.review.app import build_app
from callcoach.review.links import Doors, Grant
from callcoach.reviews import (
    CallComment,
    Discussion,
    FindingReview,
    Opinion,
    Reply,
    ReviewedFinding,
    ReviewRole,
    ScoreReview,
)
from callcoach.settings.review import ReviewConfig
from coached import finding, scored
from shipped import ReviewStore
from stored import named, stored

HOST = "127.0.0.1"
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
KEY = finding().key
COACH = Grant(ReviewRole.COACH)
SOUND = b"0123456789" * 100


def agent(agent_id: str) -> Grant:
    return Grant(ReviewRole.AGENT, agent_id)


def opinion(
    what: Opinion = Opinion.AGREE,
    *,
    call_id: str = "c1",
    key: str = KEY,
    reviewer: str = "Ana",
    role: ReviewRole = ReviewRole.COACH,
    comment: str = "",
    **about: str,
) -> FindingReview:
    return FindingReview(
        call_id=call_id, reviewer=reviewer, role=role, at=AT, finding=key, opinion=what,
        comment=comment, about=replace(ReviewedFinding.of(finding()), **about),
    )  # fmt: skip


def score(
    value: float | None,
    *,
    call_id: str = "c1",
    practice: str = "attend",
    reviewer: str = "Ana",
    role: ReviewRole = ReviewRole.COACH,
    seen: bool = True,
    reason: str = "heard it",
) -> ScoreReview:
    return ScoreReview(
        call_id=call_id, reviewer=reviewer, role=role, at=AT, practice=practice, score=value,
        reason=reason, seen=seen,
    )  # fmt: skip


def comment(text: str, *, id: str = "a" * 16, coaches_only: bool = False) -> CallComment:
    return CallComment("c1", "Ana", ReviewRole.COACH, AT, id, text, coaches_only)


def reply(text: str, *, at: datetime = AT) -> Reply:
    return Reply("c1", "Maya", ReviewRole.AGENT, at, "b" * 16, text)


def discussed(on: date = date(2026, 3, 2)) -> Discussion:
    return Discussion("c1", "Ana", ReviewRole.COACH, AT, on)


def of_agent(analysis: CallAnalysis, call_id: str, agent_id: str | None) -> CallAnalysis:
    analysis = named(analysis, call_id)
    return replace(analysis, call=replace(analysis.call, agent_id=agent_id))


def folder(out: Path) -> Path:
    """Two calls of Maya's, the first with sound, one of Ben's and one of nobody's."""
    analysis = scored()
    sound = Playback(PlaybackKind.COPY, "sound.m4a", "audio/mp4")
    calls = [("c1", "maya"), ("c2", "maya"), ("c3", "ben"), ("c4", None)]
    made = [of_agent(analysis, call_id, agent_id) for call_id, agent_id in calls]
    stored(out, [replace(made[0], playback=sound), *made[1:]])
    for call_id in ("c1", "c3"):
        (out / "calls" / call_id / "sound.m4a").write_bytes(SOUND)
    (out / "index.html").write_text("<p>all calls</p>")
    (out / "team.html").write_text("<p>the team</p>")
    for name in ("maya", "ben"):
        path = out / "agents" / f"{name}.html"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"<p>page of {name}</p>")
    (out / "assets").mkdir(exist_ok=True)
    (out / "assets" / "index.js").write_text("// script")
    (out / "calls.csv").write_text("call_id\n")
    return out


class Person:
    """Somebody who opened a link and gave a name, with a browser of their own."""

    def __init__(
        self, out: Path, grant: Grant, name: str = "Ana", config: ReviewConfig | None = None
    ) -> None:
        self.config = config or ReviewConfig()
        self.doors = Doors(ReviewStore(out), self.config)
        self.link = self.doors.make_link(grant)
        app = build_app(out, Config(review=self.config), hosts=frozenset({HOST}))
        self.client = TestClient(app, base_url=f"http://{HOST}")
        self.client.get(f"/open/{self.link}")
        if name:
            self.post("/name", name=name)

    @property
    def token(self) -> str:
        found = re.search(r'name="form_token" value="([^"]+)"', self.client.get("/").text)
        assert found
        return found.group(1)

    def get(self, path: str, **headers: str):
        return self.client.get(path, headers=headers, follow_redirects=False)

    def page(self, call_id: str = "c1") -> str:
        return self.get(f"/calls/{call_id}/report.html").text

    def post(self, path: str, **fields: str):
        return self.client.post(
            path, data={"form_token": self.token, **fields}, follow_redirects=False
        )
