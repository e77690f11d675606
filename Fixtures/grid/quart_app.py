"""A Quart app, written as Quart's docs write them."""

import asyncio
from dataclasses import dataclass

from journal import FILES, digest, note, noted
from quart import Blueprint, Quart, abort, g, jsonify, make_response, redirect, request, send_from_directory
from quart import session, url_for, websocket

app = Quart(__name__)
app.secret_key = "not a secret"
# Signed cookies hold the time.
app.config["SESSION_REFRESH_EACH_REQUEST"] = False
blueprint = Blueprint("inner", __name__, url_prefix="/inner")


class Conflict(Exception):
    pass


@app.before_serving
async def start():
    note("startup")
    app.started = ["yes"]
    app.lock = asyncio.Lock()


@app.after_serving
async def stop():
    await asyncio.sleep(0)
    note("shutdown")


@app.before_request
async def remember():
    g.path = request.path


@app.after_request
async def mark(response):
    response.headers["X-Path"] = g.path.encode("ascii", "replace").decode()
    return response


@app.errorhandler(Conflict)
async def say_conflict(error):
    return {"conflict": str(error)}, 409


@app.get("/")
async def hello():
    return "hello, wörld"


@app.get("/sync")
def hello_sync():
    return "hello from a thread"


@app.get("/items/<int:number>")
async def item(number):
    return {"number": number, "q": request.args.getlist("q"), "flag": request.args.get("flag", type=bool)}


@app.get("/names/<name>")
async def name(name):
    return {"name": name, "path": request.path, "url": request.url, "host": request.host}


@app.get("/paths/<path:rest>")
async def paths(rest):
    return {"rest": rest, "query": request.query_string.decode()}


@app.route("/echo", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
async def echo():
    body = await request.get_data()
    return {
        "method": request.method,
        "scheme": request.scheme,
        "http_version": request.http_version,
        "root_path": request.root_path,
        "headers": [[name.lower(), value] for name, value in request.headers],
        "body": digest(body),
    }


@app.post("/json")
async def read_json():
    data = await request.get_json()
    return jsonify(data), 201


@app.post("/form")
async def read_form():
    form = await request.form
    received = []
    for key, file in (await request.files).items(multi=True):
        received.append([key, file.filename, file.content_type, digest(file.read())])
    return {"fields": list(form.items(multi=True)), "files": received}


@app.post("/pieces")
async def read_pieces():
    whole = b""
    async for piece in request.body:
        whole += piece
    return digest(whole)


@app.get("/cookies")
async def cookies():
    response = await make_response({"cookies": request.cookies})
    response.set_cookie("first", "1")
    response.set_cookie("second", "zwei drei", path="/cookies", httponly=True, samesite="Strict", max_age=60)
    response.delete_cookie("stale")
    return response


@app.route("/session", methods=["GET", "POST"])
async def visits():
    if request.method == "POST":
        session["visits"] = session.get("visits", 0) + 1
    return {"visits": session.get("visits")}


@app.get("/redirect")
async def to_somewhere():
    return redirect(request.args.get("to") or url_for("name", name="ä b"))


@app.get("/slash/")
async def slash():
    return "with a slash"


@app.get("/fail/<kind>")
async def fail(kind):
    if kind == "abort":
        abort(418)
    if kind == "conflict":
        raise Conflict("already there")
    raise ValueError("not today")


@app.get("/stream")
async def stream():
    count = request.args.get("count", 3, int)

    async def chunks():
        for number in range(count):
            await asyncio.sleep(0)
            yield f"chunk {number}\n".encode()

    return chunks(), 200, {"Content-Type": "text/plain"}


@app.get("/stream/broken")
async def stream_broken():
    async def chunks():
        yield b"first"
        raise ValueError("too late")

    return chunks()


@dataclass
class ServerSentEvent:
    data: str
    event: str
    id: int

    def encode(self) -> bytes:
        return f"data: {self.data}\nevent: {self.event}\nid: {self.id}\r\n\r\n".encode()


@app.get("/events")
async def events():
    async def send_events():
        for number in range(3):
            yield ServerSentEvent(f"grüße {number}", "tick", number).encode()

    headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache", "Transfer-Encoding": "chunked"}
    response = await make_response(send_events(), headers)
    response.timeout = None
    return response


@app.get("/endless")
async def endless():
    async def chunks():
        try:
            yield b"first"
            await asyncio.Event().wait()
        finally:
            note("stopped")

    return chunks()


@app.get("/large")
async def large():
    return bytes(3 << 20), {"Content-Type": "application/octet-stream"}


@app.get("/file/<name>")
async def file(name):
    return await send_from_directory(FILES, name, conditional=True)


@app.get("/state")
async def state():
    async with app.lock:
        app.started.append(request.query_string.decode())
    return app.started


@app.post("/background")
async def background():
    async def work():
        await asyncio.sleep(0)
        note("background")

    app.add_background_task(work)
    return "begun", 202


@app.get("/noted/<text>")
async def tell(text):
    return await noted(text)


@blueprint.get("/where")
async def where():
    return url_for(".where", _external=True)


@app.websocket("/ws")
async def ws():
    while True:
        await websocket.send(await websocket.receive())


@app.websocket("/ws/rooms/<room>")
async def ws_room(room):
    chosen = "chat" if "chat" in websocket.requested_subprotocols else None
    await websocket.accept(headers={"X-Room": room}, subprotocol=chosen)
    await websocket.send_json({"room": room, "q": websocket.args.getlist("q"), "cookies": websocket.cookies})
    while (said := await websocket.receive()) != "close":
        await websocket.send(f"{room}: {said}")
    await websocket.close(4001, "as asked")


@app.websocket("/ws/refused")
async def ws_refused():
    return "not you", 401, {"X-Why": "refused"}


@app.websocket("/ws/closed")
async def ws_closed():
    await websocket.close(1000)


@app.websocket("/ws/broken")
async def ws_broken():
    await websocket.accept()
    raise ValueError("not today")


app.register_blueprint(blueprint)
