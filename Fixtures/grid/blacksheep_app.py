"""A BlackSheep app, written as BlackSheep's docs write them."""

import asyncio
from dataclasses import dataclass
from typing import List, Optional

from blacksheep import (
    Application,
    Content,
    Cookie,
    CookieSameSiteMode,
    FromFiles,
    FromForm,
    FromHeader,
    FromJSON,
    FromQuery,
    FromRoute,
    Request,
    Response,
    StreamedContent,
    WebSocket,
    WebSocketDisconnectError,
    delete,
    get,
    head,
    json,
    no_content,
    post,
    put,
    redirect,
    route,
    status_code,
    text,
    unauthorized,
    ws,
)
from blacksheep.exceptions import HTTPException
from blacksheep.server.sse import ServerSentEvent, ServerSentEventsResponse, TextServerSentEvent
from journal import FILES, digest, note, noted

app = Application()
app.use_sessions("not a secret")
app.serve_files(FILES, root_path="static", extensions={".txt", ".bin"})


@dataclass
class Order:
    kind: str
    quantity: int = 1


@dataclass
class Fields:
    a: List[str]
    b: str


class FromTokenHeader(FromHeader[str]):
    name = "X-Token"


class Conflict(Exception):
    pass


@app.on_start
async def start(application):
    note("startup")
    application.started = ["yes"]
    application.lock = asyncio.Lock()


@app.on_stop
async def stop(application):
    await asyncio.sleep(0)
    note("shutdown")


@app.exception_handler(Conflict)
async def say_conflict(self, request, error):
    return json({"conflict": str(error)}, status=409)


@get("/")
async def hello():
    return text("hello, wörld")


@head("/")
async def hello_head():
    return Response(200, [(b"X-Head", b"yes")])


@get("/sync")
def hello_sync():
    return {"hello": "without a coroutine"}


@get("/items/{int:number}")
async def item(number: int, q: FromQuery[List[str]], flag: Optional[bool] = None):
    return {"number": number, "q": q.value, "flag": flag}


@get("/names/{name}")
async def read_name(request: Request, name: FromRoute[str]):
    return {"name": name.value, "path": request.path, "url": str(request.url), "host": request.host}


@get("/files/{path:rest}")
async def read_path(rest: str):
    return text(rest)


@route("/echo", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
async def echo(request: Request):
    headers = [[name.decode(), value.decode("latin-1")] for name, value in request.headers]
    return {"method": request.method, "headers": headers, "body": digest(await request.read() or b"")}


@get("/token")
async def token(token: FromTokenHeader):
    return text(token.value)


@post("/orders")
async def place_order(data: FromJSON[Order]):
    return json({"kind": data.value.kind, "quantity": data.value.quantity}, status=201)


@put("/orders/{int:number}")
async def change_order(number: int, data: Order):
    return {"number": number, "kind": data.kind}


@delete("/orders/{int:number}")
async def drop_order(number: int):
    return no_content()


@post("/form")
async def read_form(data: FromForm[Fields]):
    return {"a": data.value.a, "b": data.value.b}


@post("/upload")
async def upload(request: Request, files: FromFiles):
    received = []
    for part in files.value:
        received.append([part.name.decode(), part.file_name.decode(), part.content_type.decode(), digest(part.data)])
    return {"note": (await request.form())["note"], "files": received}


@post("/pieces")
async def read_pieces(request: Request):
    whole = b""
    async for piece in request.stream():
        whole += piece
    return digest(whole)


@get("/cookies")
async def cookies(request: Request):
    response = json(request.cookies)
    response.set_cookie(Cookie("first", "1"))
    strict = CookieSameSiteMode.STRICT
    response.set_cookie(Cookie("second", "zwei", path="/cookies", http_only=True, same_site=strict, max_age=60))
    response.unset_cookie("stale")
    return response


@get("/session")
async def session(request: Request):
    request.session["visits"] = request.session.get("visits", 0) + 1
    return {"visits": request.session["visits"]}


@get("/redirect")
async def to_somewhere(to: str = "/names/x"):
    return redirect(to)


@get("/fail/{kind}")
async def fail(kind: str):
    if kind == "refused":
        return unauthorized("who are you")
    if kind == "http":
        raise HTTPException(418, "short and stout")
    if kind == "conflict":
        raise Conflict("already there")
    if kind == "odd":
        return status_code(299, "odd")
    raise ValueError("not today")


@get("/stream")
async def stream(count: int = 3):
    async def chunks():
        for number in range(count):
            await asyncio.sleep(0)
            yield f"chunk {number}\n".encode()

    return Response(200, content=StreamedContent(b"text/plain", chunks))


@get("/stream/broken")
async def stream_broken():
    async def chunks():
        yield b"first"
        raise ValueError("too late")

    return Response(200, content=StreamedContent(b"text/plain", chunks))


@get("/events")
async def events():
    async def provider():
        for number in range(3):
            yield ServerSentEvent({"number": number}, event="tick", id=str(number))
        yield TextServerSentEvent("grüße")

    return ServerSentEventsResponse(provider)


@get("/large")
async def large():
    return Response(200, content=Content(b"application/octet-stream", bytes(3 << 20)))


@get("/octets")
async def octets():
    return Response(200, [(b"X-Many", b"one"), (b"X-Many", b"two")], Content(b"application/odd", bytes(range(256))))


@get("/state")
async def state(request: Request):
    async with app.lock:
        app.started.append((request.url.query or b"").decode())
    return app.started


@get("/noted/{what}")
async def tell(what: str):
    return text(await noted(what))


@ws("/ws")
async def echo_text(websocket: WebSocket):
    await websocket.accept()
    try:
        while (said := await websocket.receive_text()) != "close":
            await websocket.send_text(said)
        await websocket.close(4001, "as asked")
    except WebSocketDisconnectError as error:
        note(f"left with {error.code}")


@ws("/ws/binary")
async def echo_binary(websocket: WebSocket):
    await websocket.accept()
    while True:
        await websocket.send_bytes(await websocket.receive_bytes())


@ws("/ws/rooms/{room}")
async def ws_room(websocket: WebSocket, room: str):
    offered = websocket.scope["subprotocols"]
    await websocket.accept(headers=[(b"x-room", room.encode())], subprotocol="chat" if "chat" in offered else None)
    await websocket.send_json({"room": room, "q": websocket.query.get("q"), "cookies": websocket.cookies})
    await websocket.close()


@ws("/ws/refused")
async def ws_refused(websocket: WebSocket):
    await websocket.close()


@ws("/ws/broken")
async def ws_broken(websocket: WebSocket):
    await websocket.accept()
    raise ValueError("not today")
