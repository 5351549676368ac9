"""Who may ask: only this machine's own pages, and programs that hold the token.

Figures are unpublished. Any web page that the user visits can send requests to a port of this machine, so every
request must name a host that is allowed (against DNS rebinding), must not come from a foreign page, and must carry
the token or the cookie that was given for it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from figecho.review.problems import refusal

COOKIE = "figecho"
#: Answered without a token: whether the server is alive, which tells nothing.
OPEN_PATHS = ("/healthz",)
#: Their addresses hold their versions, so browsers may keep them; everything else is confidential.
VENDORED = "/static/vendor/"
SAFE_METHODS = ("GET", "HEAD")
#: Seconds that a client may take for its next piece of a body, and for the whole of it.
PIECE_SECONDS, BODY_SECONDS = 30.0, 900.0
#: The rest of a refused body is not read, so the connection cannot be used again.
CLOSE = {"Connection": "close"}
#: The one rule (about focus on touch screens) that OpenSeadragon 6.1.1 adds to a page.
OPENSEADRAGON_STYLE = "'sha256-9xTiqzfwFaL2SGb1rmr8gysEwVVjIvqWAgmZgqFqpEE='"
HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; script-src 'self'; style-src 'self' {OPENSEADRAGON_STYLE}; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: with it, browsers call a form's own origin "null".
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class Guard:
    """ASGI middleware in front of everything.

    Parameters
    ----------
    app : what is guarded.
    hosts : allowed values of the Host header, such as ``127.0.0.1:8000``.
    token : the secret. In an address (``/?token=…``) it is good once, and is exchanged for a cookie; in the header
        ``Authorization: Bearer …`` it is good as long as the server runs.
    most_bytes : longest body that is taken.
    """

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str], token: str, most_bytes: int) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._token = token
        self._address_token: str | None = token
        self._session = secrets.token_urlsafe(32)
        self._most_bytes = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, _with_headers(send, scope["path"]))
            return
        await self._app(scope, _Body(receive, self._most_bytes), _with_headers(send, scope["path"]))

    def _refusal(self, scope: Scope) -> Response | None:
        """The response to a request that may not pass, or None."""
        headers = Headers(scope=scope)
        accept = headers.get("accept", "")
        if headers.get("host", "").lower() not in self._hosts:
            return refusal(accept, HTTPStatus.MISDIRECTED_REQUEST, "this host name is not allowed")
        if self._is_foreign(scope["method"], headers):
            return refusal(accept, HTTPStatus.FORBIDDEN, "requests from other sites are not answered")
        if scope["path"] in OPEN_PATHS:
            return None
        if (exchanged := self._exchange(scope)) is not None:
            return exchanged
        if not self._is_known(headers):
            detail = "the token is missing or was used already; open the address that figecho printed"
            return refusal(accept, HTTPStatus.UNAUTHORIZED, detail, {"WWW-Authenticate": "Bearer"})
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > self._most_bytes:
            return refusal(accept, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _too_large(self._most_bytes), CLOSE)
        return None

    def _is_foreign(self, method: str, headers: Headers) -> bool:
        """Whether another site's page asks; browsers say so in Origin and Sec-Fetch-Site, and pages cannot forge it."""
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        if origin is not None and origin.partition("://")[2].lower() not in self._hosts:
            return True
        following_a_link = method in SAFE_METHODS and headers.get("sec-fetch-mode") == "navigate"
        return site is not None and site not in ("same-origin", "none") and not following_a_link

    def _exchange(self, scope: Scope) -> Response | None:
        """For the token in an address: a cookie, and the same address without the token."""
        query = parse_qs(scope["query_string"].decode("latin-1"))
        given = query.pop("token", [""])[0]
        if not (given and self._address_token and secrets.compare_digest(given.encode(), self._address_token.encode())):
            return None
        self._address_token = None
        rest = urlencode(query, doseq=True)
        response = RedirectResponse(scope["path"] + (f"?{rest}" if rest else ""), HTTPStatus.SEE_OTHER)
        response.set_cookie(COOKIE, self._session, httponly=True, samesite="strict", path="/")
        response.headers["Cache-Control"] = "no-store"
        return response

    def _is_known(self, headers: Headers) -> bool:
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return secrets.compare_digest(bearer.strip().encode(), self._token.encode())
        try:
            cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            return False
        return cookie is not None and secrets.compare_digest(cookie.value.encode(), self._session.encode())


class _Body:
    """A request's body, counted and timed while it comes."""

    def __init__(self, receive: Receive, most_bytes: int) -> None:
        self._receive = receive
        self._most_bytes = most_bytes
        self._left = most_bytes
        self._complete = False
        self._deadline: float | None = None

    async def __call__(self) -> Message:
        if self._complete:  # only the end of the connection is left to wait for, however long that takes
            return await self._receive()
        now = asyncio.get_running_loop().time()
        self._deadline = self._deadline or now + BODY_SECONDS
        try:
            async with asyncio.timeout(min(PIECE_SECONDS, self._deadline - now)):
                message = await self._receive()
        except TimeoutError as error:
            raise HTTPException(HTTPStatus.REQUEST_TIMEOUT, "the body came too slowly; send it again", CLOSE) from error
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _too_large(self._most_bytes), CLOSE)
            self._complete = not message.get("more_body", False)
        return message


def _with_headers(send: Send, path: str) -> Send:
    """Add the headers that every answer carries."""
    keep = "private, max-age=604800, immutable" if path.startswith(VENDORED) else "no-store"

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("Cache-Control", keep)
        await send(message)

    return sending


def _too_large(most_bytes: int) -> str:
    return f"at most {most_bytes / 1e6:.0f} MB are taken in one request; send fewer or smaller files"
