"""A Litestar app, written as Litestar's docs write them."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Dict, List, Optional

from journal import FILES, digest, note, noted
from litestar import Litestar, MediaType, Request, Response, Router, WebSocket, delete, get, post, put, route, websocket
from litestar.background_tasks import BackgroundTask
from litestar.datastructures import Cookie, State, UploadFile
from litestar.enums import RequestEncodingType
from litestar.exceptions import HTTPException, NotAuthorizedException
from litestar.handlers import websocket_listener
from litestar.params import Body, Parameter
from litestar.response import Redirect, ServerSentEvent, ServerSentEventMessage, Stream
from litestar.static_files import create_static_files_router


@dataclass
class Order:
    kind: str
    quantity: Annotated[int, Parameter(gt=0)] = 1
    tags: Optional[List[str]] = None


@dataclass
class Upload:
    note: List[str]
    files: List[UploadFile]


@asynccontextmanager
async def lifespan(app: Litestar):
    note("startup")
    app.state.started = ["yes"]
    app.state.lock = asyncio.Lock()
    try:
        yield
    finally:
        await asyncio.sleep(0)
        note("shutdown")


@get("/", media_type=MediaType.TEXT)
async def hello() -> str:
    return "hello, wörld"


@get("/sync", sync_to_thread=True)
def hello_sync() -> Dict[str, str]:
    return {"hello": "from a thread"}


@get("/items/{number:int}", name="item")
async def item(number: int, q: Optional[List[str]] = None, flag: bool = False) -> Dict[str, Any]:
    return {"number": number, "q": q, "flag": flag}


@get("/names/{name:str}")
async def read_name(name: str, request: Request) -> Dict[str, str]:
    return {"name": name, "path": request.scope["path"], "url": str(request.url)}


@get("/files/{rest:path}")
async def read_path(rest: str) -> str:
    return rest


@route("/echo", http_method=["GET", "POST", "PUT", "PATCH", "DELETE"], status_code=200)
async def echo(request: Request) -> Dict[str, Any]:
    headers = [[name, request.headers.getall(name)] for name in request.headers.keys()]
    return {"method": request.method, "headers": headers, "body": digest(await request.body())}


@post("/orders")
async def place_order(data: Order) -> Order:
    return data


@put("/orders/{number:int}", status_code=202)
async def change_order(number: int, data: Dict[str, Any]) -> Dict[str, Any]:
    return {"number": number, **data}


@delete("/orders/{number:int}")
async def drop_order(number: int) -> None:
    return None


@post("/form")
async def read_form(request: Request) -> List[List[Any]]:
    return [[name, value] for name, value in (await request.form()).multi_items()]


@post("/upload")
async def upload(data: Annotated[Upload, Body(media_type=RequestEncodingType.MULTI_PART)]) -> Dict[str, Any]:
    received = [[file.filename, file.content_type, digest(await file.read())] for file in data.files]
    return {"note": data.note, "files": received}


@post("/pieces")
async def read_pieces(request: Request) -> Dict[str, Any]:
    whole = b""
    async for piece in request.stream():
        whole += piece
    return digest(whole)


@get("/cookies", response_cookies=[Cookie(key="first", value="1")])
async def cookies(request: Request) -> Response[Dict[str, str]]:
    response = Response(dict(request.cookies))
    response.set_cookie("second", "zwei drei", path="/cookies", httponly=True, samesite="strict", max_age=60)
    response.delete_cookie("stale")
    return response


@get("/headers")
async def read_headers(token: Annotated[Optional[str], Parameter(header="X-Token")] = None) -> Response[Optional[str]]:
    return Response(token, headers={"X-Shown": "yes"})


@get("/redirect")
async def to_somewhere(to: str = "/names/x") -> Redirect:
    return Redirect(to)


@get("/fail/{kind:str}")
async def fail(kind: str) -> None:
    if kind == "refused":
        raise NotAuthorizedException("who are you", headers={"WWW-Authenticate": "Basic"})
    if kind == "http":
        raise HTTPException("short and stout", status_code=418, extra={"cups": 2})
    if kind == "handled":
        raise LookupError("handled")
    raise ValueError("not today")


def say_lookup(request: Request, error: LookupError) -> Response:
    return Response({"lookup": str(error)}, status_code=410)


@get("/stream")
async def stream(count: int = 3) -> Stream:
    async def chunks():
        for number in range(count):
            await asyncio.sleep(0)
            yield f"chunk {number}\n"

    return Stream(chunks(), media_type="text/plain")


@get("/stream/broken")
async def stream_broken() -> Stream:
    async def chunks():
        yield "first"
        raise ValueError("too late")

    return Stream(chunks())


@get("/events", sync_to_thread=False)
def events() -> ServerSentEvent:
    async def messages():
        for number in range(3):
            yield ServerSentEventMessage(event="tick", id=number, data=f"grüße {number}")
        yield {"data": "as a dict", "comment": "and a comment"}

    return ServerSentEvent(messages())


@get("/endless")
async def endless() -> Stream:
    async def chunks():
        try:
            yield "first"
            await asyncio.Event().wait()
        finally:
            note("stopped")

    return Stream(chunks())


@get("/large")
async def large() -> bytes:
    return bytes(3 << 20)


@get("/state")
async def read_state(state: State, request: Request) -> List[str]:
    async with state.lock:
        state.started.append(request.url.query)
    return state.started


async def work(text: str) -> None:
    await asyncio.sleep(0)
    note(text)


@post("/background", status_code=202)
async def background() -> Response[str]:
    return Response("begun", background=BackgroundTask(work, "background"))


@get("/noted/{text:str}")
async def tell(text: str) -> str:
    return await noted(text)


@get("/where")
async def where(request: Request) -> List[str]:
    return [request.app.route_reverse("item", number=1), str(request.base_url)]


@websocket("/ws")
async def ws(socket: WebSocket) -> None:
    await socket.accept()
    async for said in socket.iter_data("text"):
        if said == "close":
            await socket.close(4001, "as asked")
            return
        await socket.send_text(said)


@websocket("/ws/binary")
async def ws_binary(socket: WebSocket) -> None:
    await socket.accept()
    while True:
        await socket.send_bytes(await socket.receive_bytes())


@websocket("/ws/rooms/{room:str}")
async def ws_room(socket: WebSocket, room: str, q: List[str]) -> None:
    chosen = "chat" if "chat" in socket.scope["subprotocols"] else None
    await socket.accept(subprotocols=chosen, headers={"X-Room": room})
    await socket.send_json({"room": room, "q": q, "cookies": dict(socket.cookies)})
    await socket.close()


@websocket_listener("/ws/listener")
async def ws_listener(data: Order) -> Order:
    return data


@websocket("/ws/refused")
async def ws_refused(socket: WebSocket) -> None:
    await socket.close(4000)


@websocket("/ws/denied")
async def ws_denied(socket: WebSocket) -> None:
    raise NotAuthorizedException("not you")


@websocket("/ws/broken")
async def ws_broken(socket: WebSocket) -> None:
    await socket.accept()
    raise ValueError("not today")


app = Litestar(
    route_handlers=[
        hello,
        hello_sync,
        item,
        read_name,
        read_path,
        echo,
        place_order,
        change_order,
        drop_order,
        read_form,
        upload,
        read_pieces,
        cookies,
        read_headers,
        to_somewhere,
        fail,
        stream,
        stream_broken,
        events,
        endless,
        large,
        create_static_files_router(path="/file", directories=[FILES]),
        read_state,
        background,
        tell,
        Router("/inner", route_handlers=[where]),
        ws,
        ws_binary,
        ws_room,
        ws_listener,
        ws_refused,
        ws_denied,
        ws_broken,
    ],
    lifespan=[lifespan],
    exception_handlers={LookupError: say_lookup},
)
