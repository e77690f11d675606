"""A Sanic app, written as Sanic's docs write them; both servers run it in Sanic's ASGI mode."""

import asyncio

from journal import FILES, digest, note, noted
from sanic import Blueprint, Request, Sanic, Websocket
from sanic.exceptions import SanicException, Unauthorized
from sanic.response import HTTPResponse, empty, html, json, raw, redirect, text

app = Sanic("Grid")
# Sanic writes what it does to standard output.
app.config.MOTD = False
app.config.FALLBACK_ERROR_FORMAT = "json"
inner = Blueprint("inner", url_prefix="/inner")


class Conflict(Exception):
    pass


@app.before_server_start
async def start(app):
    note("startup")
    app.ctx.started = ["yes"]
    app.ctx.lock = asyncio.Lock()


@app.after_server_stop
async def stop(app):
    await asyncio.sleep(0)
    note("shutdown")


@app.on_request
async def remember(request: Request):
    request.ctx.seen = request.path


@app.on_response
async def mark(request: Request, response: HTTPResponse):
    response.headers["x-path"] = getattr(request.ctx, "seen", "").encode("ascii", "replace").decode()


@app.exception(Conflict)
async def say_conflict(request: Request, error: Conflict):
    return json({"conflict": str(error)}, 409)


@app.get("/")
async def hello(request: Request):
    return text("hello, wörld")


@app.get("/sync")
def hello_sync(request: Request):
    return html("<p>without a coroutine</p>")


@app.get("/items/<number:int>", name="item")
async def item(request: Request, number: int):
    return json({"number": number, "q": request.args.getlist("q"), "pairs": request.query_args})


@app.get("/names/<name>")
async def read_name(request: Request, name: str):
    return json({"name": name, "path": request.path, "url": request.url, "host": request.host})


@app.get("/files/<rest:path>")
async def read_path(request: Request, rest: str):
    return text(rest)


@app.route("/echo", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
async def echo(request: Request):
    headers = [[name, value] for name, value in request.headers.items()]
    seen = {"method": request.method, "scheme": request.scheme, "version": request.version}
    return json({**seen, "headers": headers, "body": digest(request.body)})


@app.post("/json")
async def read_json(request: Request):
    return json(request.json, status=201)


@app.post("/form")
async def read_form(request: Request):
    files = []
    for name, parts in (request.files or {}).items():
        files += [[name, part.name, part.type, digest(part.body)] for part in parts]
    return json({"fields": dict(request.form), "files": files})


@app.post("/pieces", stream=True)
async def read_pieces(request: Request):
    whole = b""
    async for piece in request.stream:
        whole += piece
    return json(digest(whole))


@app.get("/cookies")
async def cookies(request: Request):
    response = json({name: request.cookies.getlist(name) for name in request.cookies})
    response.add_cookie("first", "1", secure=False)
    response.add_cookie("second", "zwei drei", path="/cookies", httponly=True, samesite="Strict", max_age=60)
    response.delete_cookie("stale")
    return response


@app.get("/redirect")
async def to_somewhere(request: Request):
    return redirect(request.args.get("to") or app.url_for("item", number=1))


@app.get("/fail/<kind>")
async def fail(request: Request, kind: str):
    if kind == "refused":
        raise Unauthorized("who are you", scheme="Basic", realm="Grid")
    if kind == "http":
        raise SanicException("short and stout", status_code=418, context={"cups": 2})
    if kind == "conflict":
        raise Conflict("already there")
    raise ValueError("not today")


@app.get("/stream")
async def stream(request: Request):
    response = await request.respond(content_type="text/plain")
    for number in range(int(request.args.get("count", "3"))):
        await asyncio.sleep(0)
        await response.send(f"chunk {number}\n")
    await response.eof()


@app.get("/stream/broken")
async def stream_broken(request: Request):
    response = await request.respond()
    await response.send("first")
    raise ValueError("too late")


@app.get("/events")
async def events(request: Request):
    response = await request.respond(headers={"Cache-Control": "no-cache"}, content_type="text/event-stream")
    for number in range(3):
        await response.send(f"id: {number}\nevent: tick\ndata: grüße {number}\n\n")
    await response.eof()


@app.get("/large")
async def large(request: Request):
    return raw(bytes(3 << 20))


app.static("/file", FILES, use_content_range=True)


@app.get("/octets")
async def octets(request: Request):
    return raw(bytes(range(256)), headers={"x-kind": "octets"})


@app.delete("/octets")
async def no_octets(request: Request):
    return empty()


@app.get("/state")
async def state(request: Request):
    async with app.ctx.lock:
        app.ctx.started.append(request.query_string)
    return json(app.ctx.started)


@app.post("/background")
async def background(request: Request):
    async def work():
        await asyncio.sleep(0)
        note("background")

    app.add_task(work())
    return text("begun", 202)


@app.get("/noted/<what>")
async def tell(request: Request, what: str):
    return text(await noted(what))


@inner.get("/where", name="where")
async def where(request: Request):
    return text(request.url_for("Grid.inner.where"))


@app.websocket("/ws")
async def ws(request: Request, ws: Websocket):
    while (said := await ws.recv()) is not None:
        await ws.send(said)


@app.websocket("/ws/rooms/<room>", subprotocols=["chat"])
async def ws_room(request: Request, ws: Websocket, room: str):
    await ws.send(f"{room} {request.args.getlist('q')} {request.cookies.get('a')}")


@app.websocket("/ws/broken")
async def ws_broken(request: Request, ws: Websocket):
    raise ValueError("not today")


app.blueprint(inner)
