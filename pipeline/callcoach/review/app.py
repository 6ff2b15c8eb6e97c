"""The review app: the pages of an output folder, with what people say about them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from hmac import compare_digest
from http.cookies import CookieError, SimpleCookie
from importlib.resources import files
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote

from callcoach.batch.store import Store
from callcoach.call import CallAnalysis
from callcoach.config import Config
from callcoach.errors import StoreError
from callcoach.playback import PlaybackKind
from callcoach.reports import wording
from callcoach.reports.hrefs import agent_file, agent_href
from callcoach.review import forms
from callcoach.review.blind import blind_page, practices_of
from callcoach.review.catalogue import Catalogue, inside
from callcoach.review.forms import Form, FormError, Sent
from callcoach.review.guard import BODY, App, Guard
from callcoach.review.links import Doors, Session
from callcoach.review.naming import Namer
from callcoach.review.pages import (
    OWN_POLICY,
    PAGE_POLICY,
    render_blind,
    render_call,
    render_name,
    render_notice,
    render_welcome,
    render_working,
    render_worklist,
)
from callcoach.review.panel import panel_of
from callcoach.review.store import ReviewStore, Sender
from callcoach.review.worklist import worklist

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response

    from callcoach.reports.digest import CallDigest

_MAX_FIELDS = 400  # three for each chapter of a long guide
_ASSET_TYPES = {".js": "text/javascript", ".css": "text/css"}
_OWN_ASSETS = {"review.js": "text/javascript"}
_PAGES = ("index.html", "team.html")

_NO_SESSION = (
    "Please open your link",
    "This page opens with a personal link. Open yours again, or ask your coach for a new one.",
)
_NOT_FOUND = (
    "This page is not here",
    "It may be somebody else's call, or it was removed. Your list shows what you can open.",
)


class ReviewApp:
    """The handlers of the app; :func:`build_app` puts them behind their addresses.

    Parameters
    ----------
    out
        An output folder that holds a run; another run may be writing to it.
    whole
        All settings: sizes and times of the app, how pages and logs are written.
    clock
        The time with its zone.
    """

    def __init__(self, out: Path, whole: Config, clock: Callable[[], datetime]) -> None:
        config = whole.review
        self._out = out
        self._site = whole.site
        self._config = config
        self._clock = clock
        self._store = ReviewStore(out, config.busy_s)
        self._doors = Doors(self._store, config, clock)
        self._catalogue = Catalogue(Store.existing(out), whole.site)
        self._namer = Namer(out, whole)
        # Cookies do not know ports: apps of two folders on one machine need names of their own.
        self._cookie = f"callcoach_{hashlib.sha256(str(out.resolve()).encode()).hexdigest()[:8]}"

    # ------------------------------------------------------------- the door

    def open_link(self, request: Request) -> Response:
        """Exchange the link's token for a cookie; the token leaves the address at once."""
        token = self._doors.open(request.path_params["token"])
        if token is None:
            return _notice(
                404,
                "This link does not work",
                "It may be too old, taken back or not whole. Ask your coach for a new one.",
            )
        response = _to("/welcome")
        response.headers["referrer-policy"] = "no-referrer"
        response.set_cookie(
            self._cookie,
            token,
            max_age=round(self._config.session_hours * 3600),
            httponly=True,
            samesite="strict",
            path="/",
        )
        return response

    def welcome(self, request: Request) -> Response:
        """One step inside: a browser that came from elsewhere sends its cookie from here on."""
        return _html(render_welcome())

    def name(self, request: Request) -> Response:
        """Keep the name that the person typed."""
        session, form = self._sent(request)
        self._doors.set_reviewer(session, forms.read_name(form, self._config.max_name))
        return _to("/")

    def leave(self, request: Request) -> Response:
        """End the session."""
        session, _ = self._sent(request)
        self._doors.close(session)
        response = _notice(200, "You have left", "Open your link again to come back.")
        response.delete_cookie(self._cookie, path="/", httponly=True, samesite="strict")
        return response

    # ------------------------------------------------------------- pages

    def home(self, request: Request) -> Response:
        """The list of calls, or the question for a name."""
        session = self._session(request)
        if not session.reviewer:
            return _html(render_name(session, self._config.max_name))
        asked = request.query_params
        page = asked.get("page", "")
        calls = self._catalogue.calls()
        found = worklist(
            calls if session.grant.coaches else _calls_of(session, calls),
            self._store.all(),
            session,
            show=asked.get("show", ""),
            agent=asked.get("agent", "") if session.grant.coaches else "",
            page=int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 0,
            rows=self._config.list_calls,
        )
        return _html(render_worklist(found, self._own_page(session)))

    def overview(self, request: Request) -> Response:
        """The pages about all calls, for coaches."""
        session = self._session(request)
        name = request.url.path.strip("/")
        if session.grant.coaches and name in _PAGES:
            return self._page(name)
        if name == _PAGES[0]:  # linked from every call's page
            return _to("/")
        raise _NotFoundError

    def agent(self, request: Request) -> Response:
        """An agent's page, for coaches and for that agent."""
        session = self._session(request)
        name = request.path_params["name"]
        if not name.endswith(".html") or (
            not session.grant.coaches and name != agent_file(session.grant.agent_id or "")
        ):
            raise _NotFoundError
        return self._page("agents", name)

    def call(self, request: Request) -> Response:
        """A call's report with the reviews and the forms."""
        session = self._session(request)
        if not session.reviewer:
            return _to("/")
        analysis = self._call(request, session)
        guide = self._catalogue.guide()
        if session.grant.coaches:
            self._store.note_opened(analysis.call.id, session.reviewer, session.grant.role)
        reviews = self._store.of_call(analysis.call.id)
        if not session.grant.coaches:
            reviews = reviews.without_private()
        panel = panel_of(
            analysis,
            guide,
            reviews,
            session,
            _base(analysis.call.id),
            self._clock(),
            self._config.max_text,
        )
        return _html(render_call(analysis, guide, reviews, panel, self._site), PAGE_POLICY)

    def blind(self, request: Request) -> Response:
        """Scoring a call by ear, before its report; afterwards the report itself."""
        session = self._session(request)
        if not session.reviewer:
            return _to("/")
        analysis = self._call(request, session)
        if not session.grant.coaches:
            raise _NotFoundError
        if self._has_opened(analysis.call.id, session):
            return _to(f"{_base(analysis.call.id)}/report.html#review-scores")
        page = blind_page(analysis, self._catalogue.guide(), session, _base(analysis.call.id))
        return _html(render_blind(page))

    def sound(self, request: Request) -> Response:
        """The copy of the recording that the call's page plays; parts of it by ``Range``."""
        session = self._session(request)
        analysis = self._call(request, session)
        playback = analysis.playback
        name = request.path_params["name"]
        if playback is None or name != unquote(playback.href).removeprefix("./"):
            raise _NotFoundError
        return self._file(("calls", analysis.call.id, name), playback.mime)

    def asset(self, request: Request) -> Response:
        """A script or a style that pages share."""
        self._session(request)
        name = request.path_params["name"]
        mime = _ASSET_TYPES.get(f".{name.rpartition('.')[2]}")
        if mime is None:
            raise _NotFoundError
        response = self._file(("assets", name), mime)
        response.headers["cache-control"] = "private, max-age=600"
        return response

    def own_asset(self, request: Request) -> Response:
        """A script of the app itself."""
        from starlette.responses import Response

        mime = _OWN_ASSETS.get(request.path_params["name"])
        if mime is None:
            raise _NotFoundError
        path = files("callcoach.review") / "assets" / request.path_params["name"]
        return Response(path.read_bytes(), media_type=mime)

    # ------------------------------------------------------------- what is sent

    def opinion(self, request: Request) -> Response:
        """An opinion on a finding."""
        analysis, form, sender = self._review(request)
        sent = forms.read_opinion(form, sender, analysis.findings or ())
        return self._keep(sent, sender, f"review-{sent.target}")

    def score(self, request: Request) -> Response:
        """A score of a chapter, by coaches."""
        analysis, form, sender = self._review(request, coaches=True)
        sent = forms.read_score(form, sender, practices_of(analysis))
        return self._keep(sent, sender, f"score-{sent.target}")

    def scores(self, request: Request) -> Response:
        """Scores of a call by ear."""
        analysis, form, sender = self._review(request, coaches=True)
        seen = self._store.has_opened(sender.call_id, sender.reviewer, sender.role)
        given = forms.read_scores(form, sender, practices_of(analysis), seen=seen)
        self._store.add(*(sent.said for sent in given if sent.said is not None))
        return _to(f"{_base(sender.call_id)}/report.html#review-scores")

    def comment(self, request: Request) -> Response:
        """A comment on the call, by coaches."""
        _, form, sender = self._review(request, coaches=True)
        return self._keep(forms.read_comment(form, sender), sender, "review-call")

    def discussed(self, request: Request) -> Response:
        """The call was talked about with the agent."""
        _, form, sender = self._review(request, coaches=True)
        return self._keep(forms.read_discussed(form, sender), sender, "review-call")

    def reply(self, request: Request) -> Response:
        """What the agent says."""
        _, form, sender = self._review(request, coaches=False)
        return self._keep(forms.read_reply(form, sender), sender, "review-call")

    def agent_named(self, request: Request) -> Response:
        """Who the agent is, by coaches: the call is worked out anew, and this waits for it."""
        analysis, form, sender = self._review(request, coaches=True)
        agent = form.text("agent")
        if agent not in {party.id for party in analysis.call.parties}:
            raise FormError("This call no longer has that speaker. Open its page anew.")
        self._namer.start(sender.call_id, agent)
        return _to(f"{_base(sender.call_id)}/agent")

    def being_worked_out(self, request: Request) -> Response:
        """Waits until a call is worked out, then goes on to its report."""
        session = self._session(request)
        call_id = self._call(request, session).call.id
        state = self._namer.state(call_id) if session.grant.coaches else None
        if state is not None and state.at_work:
            return _html(render_working(wording.clean(call_id)))
        if state is not None and state.error is not None:
            return _notice(409, "The agent is not named", state.error)
        return _to(f"{_base(call_id)}/report.html")

    # ------------------------------------------------------------- pieces

    def _session(self, request: Request) -> Session:
        cookies: SimpleCookie = SimpleCookie()
        try:
            cookies.load(request.headers.get("cookie", ""))
        except CookieError as error:
            raise _NoSessionError from error
        kept = cookies.get(self._cookie)
        session = None if kept is None else self._doors.session(kept.value)
        if session is None:
            raise _NoSessionError
        return session

    def _sent(self, request: Request) -> tuple[Session, Form]:
        """Who sent a form, and its fields; the form's token must be that of the session."""
        session = self._session(request)
        try:
            text = request.scope[BODY].decode("utf-8", "replace")
            fields = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS))
        except ValueError as error:
            raise FormError("This form has too many fields. Open the page anew.") from error
        given = fields.get(forms.FORM_TOKEN, "")
        if not compare_digest(given.encode(), session.form_token.encode()):
            raise _ForgedError
        return session, Form(fields, self._config.max_text)

    def _review(
        self, request: Request, *, coaches: bool | None = None
    ) -> tuple[CallAnalysis, Form, Sender]:
        """A form about a call, from somebody who may send it."""
        session, form = self._sent(request)
        analysis = self._call(request, session)
        if coaches is not None and coaches is not session.grant.coaches:
            raise _ForgedError
        if not session.reviewer:
            raise FormError("Please give your name on the first page, then save again.")
        sender = Sender(analysis.call.id, session.reviewer, session.grant.role, self._clock())
        return analysis, form, sender

    def _call(self, request: Request, session: Session) -> CallAnalysis:
        """The call of the address, where this person may see it."""
        analysis = self._catalogue.analysis(request.path_params["call_id"])
        if analysis is None:
            raise _NotFoundError
        if analysis.playback is not None and analysis.playback.kind is not PlaybackKind.COPY:
            analysis = replace(analysis, playback=None)  # it lies where the app does not reach
        if not session.grant.coaches and analysis.call.agent_id != session.grant.agent_id:
            raise _NotFoundError
        return analysis

    def _keep(self, sent: Sent, sender: Sender, anchor: str) -> Response:
        if sent.said is None:
            self._store.take_back(sender, sent.part, sent.target)
        else:
            self._store.add(sent.said)
        return _to(f"{_base(sender.call_id)}/report.html#{quote(anchor)}")

    def _has_opened(self, call_id: str, session: Session) -> bool:
        return self._store.has_opened(call_id, session.reviewer, session.grant.role)

    def _own_page(self, session: Session) -> str:
        """The address of the agent's own page, empty where there is none."""
        agent_id = session.grant.agent_id
        if agent_id is None or inside(self._out, "agents", agent_file(agent_id)) is None:
            return ""
        return f"/{agent_href(agent_id)}"

    def _page(self, *names: str) -> Response:
        response = self._file(names, "text/html; charset=utf-8")
        response.headers["content-security-policy"] = PAGE_POLICY
        return response

    def _file(self, names: tuple[str, ...], mime: str) -> Response:
        from starlette.responses import FileResponse

        path = inside(self._out, *names)
        if path is None:
            raise _NotFoundError
        return FileResponse(path, media_type=mime)


class _NoSessionError(Exception):
    """Nobody is known to be asking."""


class _NotFoundError(Exception):
    """There is no such thing, or not for this person."""


class _ForgedError(Exception):
    """The form is none that this person was given."""


def build_app(
    out: Path,
    settings: Config,
    *,
    hosts: frozenset[str],
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> App:
    """The app for an output folder, as an ASGI application.

    ``settings`` are those of the app, of pages and of logs; ``hosts`` are the names by which it may
    be asked.

    Raises
    ------
    StoreError
        If the folder holds no run.
    """
    from starlette.applications import Starlette
    from starlette.routing import Route

    app = ReviewApp(out, settings, clock)
    get, post = ["GET"], ["POST"]
    routes = [
        Route("/open/{token}", app.open_link, methods=get),
        Route("/welcome", app.welcome, methods=get),
        Route("/name", app.name, methods=post),
        Route("/leave", app.leave, methods=post),
        Route("/", app.home, methods=get),
        *(Route(f"/{name}", app.overview, methods=get) for name in _PAGES),
        Route("/agents/{name}", app.agent, methods=get),
        Route("/assets/{name}", app.asset, methods=get),
        Route("/review/{name}", app.own_asset, methods=get),
        Route("/calls/{call_id}/report.html", app.call, methods=get),
        Route("/calls/{call_id}/score.html", app.blind, methods=get),
        Route("/calls/{call_id}/agent", app.being_worked_out, methods=get),
        Route("/calls/{call_id}/agent", app.agent_named, methods=post),
        Route("/calls/{call_id}/{name}", app.sound, methods=get),
        Route("/calls/{call_id}/opinion", app.opinion, methods=post),
        Route("/calls/{call_id}/score", app.score, methods=post),
        Route("/calls/{call_id}/scores", app.scores, methods=post),
        Route("/calls/{call_id}/comment", app.comment, methods=post),
        Route("/calls/{call_id}/discussed", app.discussed, methods=post),
        Route("/calls/{call_id}/reply", app.reply, methods=post),
    ]
    inner = Starlette(
        routes=routes,
        exception_handlers={
            404: lambda *_: _notice(404, *_NOT_FOUND),
            _NotFoundError: lambda *_: _notice(404, *_NOT_FOUND),
            _NoSessionError: lambda *_: _notice(401, *_NO_SESSION),
            _ForgedError: lambda *_: _notice(
                403,
                "This form could not be taken",
                "It was not made for you, or it is too old. Open the page anew and try again.",
            ),
            FormError: lambda _, error: _notice(400, "Not saved yet", str(error)),
            StoreError: lambda *_: _notice(
                503,
                "Not saved",
                "The folder cannot be written to just now. Go back and save again. If that does "
                "not help, tell the person who started this app.",
            ),
        },
    )
    return Guard(inner, hosts, settings.review.max_body_kb * 1000)


def _calls_of(session: Session, calls: tuple[CallDigest, ...]) -> tuple[CallDigest, ...]:
    return tuple(call for call in calls if call.agent_id == session.grant.agent_id)


def _base(call_id: str) -> str:
    return f"/calls/{quote(call_id, safe='')}"


def _html(text: str, policy: str = OWN_POLICY, status: int = 200) -> Response:
    from starlette.responses import HTMLResponse

    return HTMLResponse(text, status, headers={"content-security-policy": policy})


def _notice(status: int, title: str, text: str) -> Response:
    return _html(render_notice(title, text), status=status)


def _to(url: str) -> Response:
    from starlette.responses import RedirectResponse

    return RedirectResponse(url, 303)
