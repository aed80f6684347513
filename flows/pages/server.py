"""`paperhouse browse`: the pages on a loopback address, always of the newest state of the warehouse.

One request is answered at a time: there is one reader, and it goes to the new file when a load has swapped one in.
"""

import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from paperhouse.flows.pages.citation_files import citation_text
from paperhouse.flows.pages.feeds import feed_text
from paperhouse.flows.pages.newest import NewestGeneration
from paperhouse.flows.pages.render import POLICY, Site
from paperhouse.flows.pages.routes import missing, page_html, search_page
from paperhouse.flows.server.auth import Guard, is_loopback
from paperhouse.transforms.errors import InputError, InvalidArxivIdError, SettingsError, WarehouseError
from paperhouse.warehouse.storage.connections import open_read_only

STATIC: Final = Path(__file__).parent / "static"
_HEADERS: Final = {
    "content-security-policy": f"{POLICY}; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}
_UNAVAILABLE: Final = 503
_LONGEST_QUERY: Final = 500


def browse_app(live: Path) -> Starlette:
    """The pages of a warehouse as an application that only this machine's own pages may ask."""
    newest = NewestGeneration(live)
    site = Site()

    def show_page(request: Request) -> Response:
        page = request.path_params["page"]
        html: str | None
        with newest.use() as generation:
            if page == "search":
                html = search_page(
                    site, generation, request.query_params.get("q", "")[:_LONGEST_QUERY].strip()
                )
            else:
                html = page_html(site, generation, page)
            feed = None if html is not None else feed_text(generation, page)
        if feed is not None:
            return Response(feed.encode("utf-8", "replace"), media_type="application/atom+xml")
        return HTMLResponse(missing(site, page), 404) if html is None else HTMLResponse(html)

    def show_citation(request: Request) -> Response:
        name = request.path_params["name"]
        with newest.use() as generation:
            text = citation_text(generation.connection, name)
        if text is None:
            return PlainTextResponse("no such format\n", 404)
        return PlainTextResponse(text, headers={"content-disposition": f'attachment; filename="{name}"'})

    return Starlette(
        routes=[
            # Links are followed: an editable install is made of them.
            Mount("/static", StaticFiles(directory=STATIC, follow_symlink=True)),
            Route("/cite/{name}", show_citation),
            Route("/{page:path}", show_page),
        ],
        middleware=[Middleware(_Headers), Middleware(_loopback_only)],
        exception_handlers={
            WarehouseError: _unavailable,
            InputError: _unknown,
            InvalidArxivIdError: _unknown,
        },
        lifespan=_reading_ahead(newest),
    )


def browse_forever(live: Path, host: str, port: int, on_ready: Callable[[str], None]) -> None:
    """Serve the pages until SIGINT or SIGTERM; `on_ready` is given their address. Port 0 is any free one.

    Raises:
        SettingsError: others could reach the address, or the port is taken.
        WarehouseError: there is no warehouse, or it cannot be read.
    """
    import uvicorn  # noqa: PLC0415 - takes a tenth of a second, and tests of the pages need none

    if not is_loopback(host):
        msg = (
            f"browse: {host}: others could reach that address, and the pages have no password; use 127.0.0.1"
        )
        raise SettingsError(msg, host=host)
    with open_read_only(live):
        pass  # refuse at once what every page would refuse
    with _listening(host, port) as listener:
        shown = f"[{host}]" if ":" in host else host
        on_ready(f"http://{shown}:{listener.getsockname()[1]}/")
        config = uvicorn.Config(browse_app(live), log_level="warning", timeout_graceful_shutdown=1)
        uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen()  # whoever is told the address may ask at once
        except OSError as error:
            msg = f"browse: {host}:{port}: cannot listen there ({error.strerror}); give another --port"
            raise SettingsError(msg, host=host, port=port) from error
        yield listener


def _reading_ahead(newest: NewestGeneration) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def read_ahead_until_the_end(_: Starlette) -> AsyncIterator[None]:
        newest.keep_read()
        yield
        newest.close()

    return read_ahead_until_the_end


def _loopback_only(app: ASGIApp) -> ASGIApp:
    """The guard of `paperhouse serve`, without a password: no page of another origin or name gets through."""
    return Guard(app, None)


class _Headers:
    """Puts what a browser must know of a page beside each answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, with the headers."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    *((name.encode(), value.encode()) for name, value in _HEADERS.items()),
                ]
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _unavailable(_: Request, error: Exception) -> Response:
    return PlainTextResponse(f"{error}\n", _UNAVAILABLE)


def _unknown(_: Request, error: Exception) -> Response:
    return PlainTextResponse(f"{error}\n", 404)
