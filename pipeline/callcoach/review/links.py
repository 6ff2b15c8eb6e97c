"""Who may come in: links with random secrets, and the sessions of browsers that opened one.

Only hashes of the secrets are stored. A secret has 256 random bits, so a plain SHA-256 cannot be
turned around by guessing. A link or session is found by its public name and its secret compared in
constant time.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from callcoach.config.review import ReviewConfig
from callcoach.errors import SourceError
from callcoach.model.reviews import ReviewRole
from callcoach.storage.reviews import ReviewStore

_SECRET_BYTES = 32
_NAME_BYTES = 4
_SCHEMA = """
CREATE TABLE IF NOT EXISTS links (
    name TEXT PRIMARY KEY,
    sha256 TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('coach', 'qa', 'agent')),
    agent_id TEXT,
    made_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    revoked_at TEXT,
    CHECK ((role = 'agent') = (agent_id IS NOT NULL))
) STRICT;
CREATE TABLE IF NOT EXISTS sessions (
    name TEXT PRIMARY KEY,
    sha256 TEXT NOT NULL,
    link TEXT NOT NULL REFERENCES links (name),
    reviewer TEXT NOT NULL,
    form_token TEXT NOT NULL,
    expires_at TEXT NOT NULL
) STRICT
"""


@dataclass(frozen=True)
class Permission:
    """What a link allows: a role, and for an agent whose calls."""

    role: ReviewRole
    agent_id: str | None = None

    def __post_init__(self) -> None:
        if (self.role is ReviewRole.AGENT) != (self.agent_id is not None):
            raise ValueError("a link for an agent, and no other, names the agent")

    @property
    def coaches(self) -> bool:
        """Whether all calls may be seen, scores given and coaches' comments read."""
        return self.role is not ReviewRole.AGENT

    @property
    def words(self) -> str:
        """``coach``, ``qa`` or ``agent:maya``."""
        return self.role.value if self.agent_id is None else f"{self.role}:{self.agent_id}"


@dataclass(frozen=True)
class AccessLink:
    """A link as it is listed; its secret is known to nobody but who was given it."""

    name: str
    grant: Permission
    made_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    def works(self, now: datetime) -> bool:
        """Whether it still opens the door."""
        return self.revoked_at is None and now < self.expires_at


@dataclass(frozen=True)
class Session:
    """A browser that opened a link.

    ``reviewer`` is the name that was typed, empty before that. ``form_token`` must come with every
    form that the browser sends.
    """

    name: str
    grant: Permission
    reviewer: str
    form_token: str


def parse_grant(text: str) -> Permission:
    """What ``coach``, ``qa`` or ``agent:ID`` asks for.

    Raises
    ------
    SourceError
        If it is none of them.
    """
    role, colon, agent_id = text.strip().partition(":")
    agent_id = agent_id.strip()
    if role in (ReviewRole.COACH, ReviewRole.QA) and not colon:
        return Permission(ReviewRole(role))
    if role == ReviewRole.AGENT and agent_id:
        return Permission(ReviewRole.AGENT, agent_id)
    raise SourceError(
        f"cannot make a link for {text!r}; give coach, qa or agent:ID with the agent's id of the "
        "manifest, like agent:maya"
    )


class AccessLinks:
    """The links and sessions of an output folder.

    ``clock`` gives the time with its zone.
    """

    def __init__(
        self,
        store: ReviewStore,
        config: ReviewConfig,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._config = config
        self._clock = clock
        with store.connected() as db:
            db.executescript(_SCHEMA)

    def make_link(self, grant: Permission) -> str:
        """A new link's token; it cannot be read again."""
        name, secret = _fresh()
        now = self._clock()
        expires = now + timedelta(days=self._config.link_days)
        with self._store.connected() as db:
            db.execute(
                "INSERT INTO links (name, sha256, role, agent_id, made_at, expires_at) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (name, _hash(secret), grant.role, grant.agent_id, _text(now), _text(expires)),
            )
        return f"{name}.{secret}"

    def links(self) -> tuple[AccessLink, ...]:
        """All links ever made, the oldest first."""
        with self._store.connected() as db:
            rows = db.execute(
                "SELECT name, role, agent_id, made_at, expires_at, revoked_at FROM links "
                "ORDER BY made_at, name"
            ).fetchall()
        return tuple(
            AccessLink(
                name,
                Permission(ReviewRole(role), agent_id),
                datetime.fromisoformat(made_at),
                datetime.fromisoformat(expires_at),
                None if revoked_at is None else datetime.fromisoformat(revoked_at),
            )
            for name, role, agent_id, made_at, expires_at, revoked_at in rows
        )

    def revoke(self, name: str) -> None:
        """Take a link back, and close every session that it opened.

        Raises
        ------
        SourceError
            If there is no such link.
        """
        with self._store.connected() as db:
            found = db.execute(
                "UPDATE links SET revoked_at = coalesce(revoked_at, ?) WHERE name = ?",
                (_text(self._clock()), name),
            ).rowcount
            db.execute("DELETE FROM sessions WHERE link = ?", (name,))
        if not found:
            raise SourceError(f"there is no link {name!r}; --links lists them")

    def open(self, token: str) -> str | None:
        """Exchange a link's token for a new session's; ``None`` where the link does not work."""
        link, _, secret = token.partition(".")
        now = self._clock()
        with self._store.connected() as db:
            row = db.execute(
                "SELECT sha256, expires_at, revoked_at FROM links WHERE name = ?", (link,)
            ).fetchone()
            if row is None or not hmac.compare_digest(row[0], _hash(secret)):
                return None
            if row[2] is not None or now >= datetime.fromisoformat(row[1]):
                return None
            hours = timedelta(hours=self._config.session_hours)
            expires = min(now + hours, datetime.fromisoformat(row[1]))
            name, own = _fresh()
            db.execute("DELETE FROM sessions WHERE expires_at <= ?", (_text(now),))
            db.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, '', ?, ?)",
                (name, _hash(own), link, secrets.token_urlsafe(_SECRET_BYTES), _text(expires)),
            )
        return f"{name}.{own}"

    def session(self, token: str) -> Session | None:
        """The session of a browser's cookie, ``None`` where it is over or never was."""
        name, _, secret = token.partition(".")
        with self._store.connected() as db:
            row: tuple[Any, ...] | None = db.execute(
                "SELECT sessions.sha256, sessions.expires_at, reviewer, form_token, role, "
                "agent_id, revoked_at FROM sessions JOIN links ON links.name = sessions.link "
                "WHERE sessions.name = ?",
                (name,),
            ).fetchone()
        if row is None or not hmac.compare_digest(row[0], _hash(secret)):
            return None
        if row[6] is not None or self._clock() >= datetime.fromisoformat(row[1]):
            return None
        return Session(name, Permission(ReviewRole(row[4]), row[5]), row[2], row[3])

    def set_reviewer(self, session: Session, reviewer: str) -> None:
        """Keep the name that the person typed."""
        with self._store.connected() as db:
            db.execute("UPDATE sessions SET reviewer = ? WHERE name = ?", (reviewer, session.name))

    def close(self, session: Session) -> None:
        """End a session."""
        with self._store.connected() as db:
            db.execute("DELETE FROM sessions WHERE name = ?", (session.name,))


def _fresh() -> tuple[str, str]:
    """A public name and a secret."""
    return secrets.token_hex(_NAME_BYTES), secrets.token_urlsafe(_SECRET_BYTES)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
