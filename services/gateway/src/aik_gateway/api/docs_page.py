"""/docs: Swagger UI out of an installed package; a browser fetches nothing from anywhere else."""

import re
from base64 import b64encode
from collections.abc import Awaitable, Callable
from hashlib import sha256
from importlib.resources import files

from fastapi.openapi.docs import get_swagger_ui_html
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

FILES = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css", "favicon-32x32.png": "image/png"}
CACHED = {"Cache-Control": "public, max-age=3600"}
SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def routes(title: str) -> list[Route]:
    # Relative addresses are right behind a proxy's prefix as well.
    page = get_swagger_ui_html(
        title=title,
        openapi_url="openapi.json",
        swagger_js_url="docs/swagger-ui-bundle.js",
        swagger_css_url="docs/swagger-ui.css",
        swagger_favicon_url="docs/favicon-32x32.png",
    )
    page.headers["Content-Security-Policy"] = _policy(bytes(page.body).decode())

    async def docs(request: Request) -> Response:
        return page

    return [Route("/docs", docs), *(Route(f"/docs/{name}", _serving(name, kind)) for name, kind in FILES.items())]


def _serving(name: str, kind: str) -> Callable[[Request], Awaitable[Response]]:
    resource = files("fastapi_swagger") / "resources" / name

    async def file(request: Request) -> Response:
        return Response(resource.read_bytes(), media_type=kind, headers=CACHED)

    return file


def _policy(page: str) -> str:
    """Its own files and its one script; Swagger UI sets styles of its own."""
    [script] = SCRIPT.findall(page)
    known = b64encode(sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'self' 'sha256-{known}'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
