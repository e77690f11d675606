"""A Falcon app, written as Falcon's docs write them."""

import asyncio

import falcon
import falcon.asgi
from falcon.asgi import SSEvent
from falcon.constants import WebSocketPayloadType
from journal import FILES, digest, note, noted


class Lifespan:
    """Middleware that hears of startup and shutdown."""

    async def process_startup(self, scope, event):
        note("startup")
        started.append("yes")

    async def process_shutdown(self, scope, event):
        await asyncio.sleep(0)
        note("shutdown")

    async def process_request(self, req, resp):
        req.context.seen = req.path

    async def process_response(self, req, resp, resource, req_succeeded):
        resp.set_header("X-Succeeded", str(req_succeeded))


class Hello:
    async def on_get(self, req, resp):
        resp.content_type = falcon.MEDIA_TEXT
        resp.text = "hello, wörld"


class Item:
    async def on_get(self, req, resp, number):
        resp.media = {"number": number, "q": req.get_param_as_list("q"), "flag": req.get_param_as_bool("flag")}


class Name:
    async def on_get(self, req, resp, name):
        resp.media = {"name": name, "path": req.path, "url": req.url, "relative": req.relative_uri}


class Echo:
    async def on_get(self, req, resp):
        body = digest(await req.stream.read())
        resp.media = {"method": req.method, "headers": req.headers, "length": req.content_length, "body": body}

    on_post = on_put = on_patch = on_delete = on_get


class Media:
    async def on_post(self, req, resp):
        resp.media = await req.get_media()
        resp.status = falcon.HTTP_201


class Form:
    async def on_post(self, req, resp):
        received = []
        async for part in await req.get_media():
            if part.filename:
                received.append([part.name, part.filename, part.content_type, digest(await part.stream.read())])
            else:
                received.append([part.name, await part.text])
        resp.media = received


class Pieces:
    async def on_post(self, req, resp):
        whole = b""
        async for piece in req.stream:
            whole += piece
        resp.media = digest(whole)


class Cookies:
    async def on_get(self, req, resp):
        resp.media = req.cookies
        resp.set_cookie("first", "1", secure=False, http_only=False)
        resp.set_cookie("second", "zwei", path="/cookies", same_site="Strict", max_age=60)
        resp.append_header("X-Many", "one")
        resp.append_header("X-Many", "two")
        resp.unset_cookie("stale")


class Redirect:
    async def on_get(self, req, resp):
        kinds = {"301": falcon.HTTPMovedPermanently, "303": falcon.HTTPSeeOther, "307": falcon.HTTPTemporaryRedirect}
        raise kinds[req.get_param("status", default="301")](req.get_param("to", default="/names/x"))


class Conflict(Exception):
    @staticmethod
    async def handle(req, resp, ex, params):
        raise falcon.HTTPConflict(title="Conflict", description=str(ex))


class Fail:
    async def on_get(self, req, resp, kind):
        if kind == "refused":
            raise falcon.HTTPUnauthorized(title="Who", description="are you", challenges=["Basic", "Token"])
        if kind == "status":
            raise falcon.HTTPStatus(falcon.HTTP_418, text="short and stout")
        if kind == "conflict":
            raise Conflict("already there")
        raise ValueError("not today")


class Stream:
    async def on_get(self, req, resp):
        async def chunks():
            for number in range(req.get_param_as_int("count", default=3)):
                await asyncio.sleep(0)
                yield f"chunk {number}\n".encode()

        resp.content_type = falcon.MEDIA_TEXT
        resp.stream = chunks()

    async def on_get_broken(self, req, resp):
        async def chunks():
            yield b"first"
            raise ValueError("too late")

        resp.stream = chunks()

    async def on_get_sized(self, req, resp):
        async def chunks():
            yield b"four"

        resp.set_stream(chunks(), 4)


class Events:
    async def on_get(self, req, resp):
        async def emitter():
            for number in range(3):
                yield SSEvent(event="tick", event_id=str(number), text=f"grüße {number}", retry=5000)
            yield SSEvent(json={"last": True})

        resp.sse = emitter()


class Large:
    async def on_get(self, req, resp):
        resp.content_type = "application/octet-stream"
        resp.data = bytes(3 << 20)


class State:
    async def on_get(self, req, resp):
        started.append(req.query_string)
        resp.media = started


class Background:
    async def on_post(self, req, resp):
        async def work():
            await asyncio.sleep(0)
            note("background")

        resp.schedule(work)
        resp.status = falcon.HTTP_202


class Noted:
    async def on_get(self, req, resp, text):
        resp.text = await noted(text)


class Socket:
    async def on_websocket(self, req, ws):
        await ws.accept()
        while True:
            try:
                said = await ws.receive_text()
            except falcon.WebSocketDisconnected:
                return
            if said == "close":
                await ws.close(4001)
                return
            await ws.send_text(said)

    async def on_websocket_binary(self, req, ws):
        await ws.accept()
        try:
            while True:
                await ws.send_data(await ws.receive_data())
        except falcon.WebSocketDisconnected as error:
            note(f"left with {error.code}")

    async def on_websocket_room(self, req, ws, room):
        await ws.accept(
            subprotocol="chat" if "chat" in ws.subprotocols else None,
            headers={"X-Room": room} if ws.supports_accept_headers else None,
        )
        await ws.send_media({"room": room, "q": req.get_param_as_list("q"), "cookies": req.cookies})
        await ws.send_media(await ws.receive_media(), WebSocketPayloadType.TEXT)

    async def on_websocket_refused(self, req, ws):
        await ws.close()

    async def on_websocket_denied(self, req, ws):
        raise falcon.HTTPForbidden(title="Not you")

    async def on_websocket_broken(self, req, ws):
        await ws.accept()
        raise ValueError("not today")


started = []

app = falcon.asgi.App(middleware=[Lifespan()])
app.add_error_handler(Conflict)
app.add_route("/", Hello())
app.add_route("/items/{number:int}", Item())
app.add_route("/names/{name}", Name())
app.add_route("/files/{name:path}", Name())
app.add_route("/echo", Echo())
app.add_route("/media", Media())
app.add_route("/form", Form())
app.add_route("/pieces", Pieces())
app.add_route("/cookies", Cookies())
app.add_route("/redirect", Redirect())
app.add_route("/fail/{kind}", Fail())
stream = Stream()
app.add_route("/stream", stream)
app.add_route("/stream/broken", stream, suffix="broken")
app.add_route("/stream/sized", stream, suffix="sized")
app.add_route("/events", Events())
app.add_route("/large", Large())
app.add_static_route("/file", FILES)
app.add_route("/state", State())
app.add_route("/background", Background())
app.add_route("/noted/{text}", Noted())
socket = Socket()
app.add_route("/ws", socket)
app.add_route("/ws/binary", socket, suffix="binary")
app.add_route("/ws/rooms/{room}", socket, suffix="room")
app.add_route("/ws/refused", socket, suffix="refused")
app.add_route("/ws/denied", socket, suffix="denied")
app.add_route("/ws/broken", socket, suffix="broken")
