"""A Starlette app for comparing servers: what it answers follows from the requests alone."""

import asyncio
import gzip
import os

import itsdangerous.timed
import starlette_work
from shared import FILES, digest, pin
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

# Sessions are signed with the time, and older compressors write it into their head.
pin(itsdangerous.timed, gzip)

EVERY_METHOD = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"]


async def echo(request):
    """What the app sees of the request."""
    body = await request.body()
    scope = request.scope
    return JSONResponse(
        {
            "method": request.method,
            "path": scope["path"],
            "raw_path": scope["raw_path"].decode("latin-1"),
            "query": scope["query_string"].decode("latin-1"),
            "root_path": scope["root_path"],
            "http_version": scope["http_version"],
            "url": str(request.url),
            "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in scope["headers"]],
            "parameters": request.path_params,
            "arguments": request.query_params.multi_items(),
            "cookies": request.cookies,
            "body": digest(body),
        }
    )


async def read_stream(request):
    whole = b""
    async for chunk in request.stream():
        whole += chunk
    return JSONResponse(digest(whole))


async def form(request):
    fields = []
    async with request.form() as data:
        for name, value in data.multi_items():
            if isinstance(value, str):
                fields.append([name, value])
            else:
                content = await value.read()
                fields.append([name, {"name": value.filename, "type": value.content_type, **digest(content)}])
    return JSONResponse(fields)


async def set_cookies(request):
    response = PlainTextResponse("baked")
    response.set_cookie("plain", "1")
    response.set_cookie("quoted", 'a "b"; c', path="/cookies", httponly=True, samesite="strict")
    response.set_cookie("guarded", "3", secure=True, samesite="none", domain="example.test", max_age=60)
    response.delete_cookie("stale")
    return response


async def session(request):
    if request.method == "POST":
        request.session["visits"] = request.session.get("visits", 0) + 1
    if request.method == "DELETE":
        request.session.clear()
    return JSONResponse(dict(request.session))


async def redirect(request):
    return RedirectResponse(request.query_params["to"], int(request.query_params.get("status", "307")))


async def stream(request):
    kind = request.path_params["kind"]

    async def several():
        for number in range(int(request.query_params.get("count", "3"))):
            yield f"chunk {number}\n"
            await asyncio.sleep(0)

    def threaded():
        yield b"from "
        yield b"a thread"

    async def broken():
        yield "first"
        raise ValueError("too late")

    async def octets():
        yield bytes(range(256))
        yield b""
        yield memoryview(b"view of bytes")[5:]

    makers = {"several": several, "threaded": threaded, "broken": broken, "octets": octets}
    headers = {"content-length": request.query_params["length"]} if "length" in request.query_params else None
    return StreamingResponse(makers[kind](), media_type="text/plain", headers=headers)


async def server_sent_events(request):
    async def messages():
        first = int(request.headers.get("last-event-id", "0")) + 1
        for number in range(first, first + 3):
            yield f"id: {number}\nevent: tick\ndata: grüße {number}\n\n"
            await asyncio.sleep(0)

    return StreamingResponse(messages(), media_type="text/event-stream", headers={"cache-control": "no-store"})


async def file(request):
    name = request.path_params["name"]
    saved_as = request.query_params.get("as")
    return FileResponse(os.path.join(FILES, name), filename=saved_as)


async def fail(request):
    kind = request.path_params["kind"]
    if kind == "refused":
        raise HTTPException(418, "short and stout", {"x-kind": "teapot"})
    if kind == "handled":
        raise KeyError("handled")
    raise ValueError("not today")


async def handle_key_error(request, error):
    return JSONResponse({"error": str(error)}, status_code=400)


async def status(request):
    code = request.path_params["code"]
    return Response(status_code=code, headers={"x-status": str(code)})


async def headers(request):
    response = HTMLResponse("<p>grüße</p>")
    response.raw_headers += [(b"X-Mixed-Case", b"1"), (b"x-same", b"a"), (b"x-other", b""), (b"x-same", b"b")]
    response.raw_headers += [(b"x-octets", b"caf\xe9"), (b"link", b"</a>; rel=next"), (b"link", b"</b>; rel=prev")]
    return response


async def early(request):
    return PlainTextResponse("not read", status_code=413)


class Seen(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        if request.query_params.get("stop") == "middleware":
            return PlainTextResponse("stopped", status_code=403)
        body = await request.body() if "x-read-first" in request.headers else None
        try:
            response = await call_next(request)
        except ValueError as error:
            return PlainTextResponse(f"caught {error}", status_code=500)
        response.headers["x-seen"] = "nothing" if body is None else str(len(body))
        return response


async def large(request):
    return PlainTextResponse("grüße " * int(request.query_params.get("times", "500")))


async def link(request):
    return PlainTextResponse(f"{request.url_for('echo')} {request.url_for('inner:item', name='ä b')}")


def gathered(path, middleware, *more):
    routes = [Route("/echo", echo, methods=EVERY_METHOD), Route("/stream/{kind}", stream), Route("/fail/{kind}", fail)]
    return Mount(path, routes=[*routes, *more], middleware=[middleware])


routes = [
    Route("/", lambda request: PlainTextResponse("hello"), methods=["GET", "POST"]),
    Route("/echo", echo, methods=EVERY_METHOD, name="echo"),
    Route("/echo/{name}", echo),
    Route("/numbers/{number:int}", echo),
    Route("/paths/{rest:path}", echo),
    Route("/slash/", echo),
    Route("/read", read_stream, methods=["POST", "PUT"]),
    Route("/form", form, methods=["POST"]),
    Route("/cookies", set_cookies),
    Route("/session", session, methods=["GET", "POST", "DELETE"]),
    Route("/redirect", redirect),
    Route("/stream/{kind}", stream),
    Route("/events", server_sent_events),
    Route("/file/{name}", file),
    Route("/fail/{kind}", fail),
    Route("/status/{code:int}", status, methods=["GET", "HEAD", "POST"]),
    Route("/headers", headers),
    Route("/early", early, methods=["POST"]),
    Route("/link", link),
    Mount("/static", StaticFiles(directory=FILES, html=True), name="static"),
    gathered("/seen", Middleware(Seen)),
    gathered("/zipped", Middleware(GZipMiddleware), Route("/large", large), Route("/file/{name}", file)),
    *starlette_work.routes,
    Mount("/inner", name="inner", routes=[Route("/items/{name}", echo, name="item"), Route("/link", link)]),
]

app = Starlette(
    routes=routes,
    lifespan=starlette_work.lifespan,
    middleware=[Middleware(SessionMiddleware, secret_key="not a secret", max_age=3600)],
    exception_handlers={KeyError: handle_key_error},
)
