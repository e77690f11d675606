"""A Socket.IO server around a FastAPI app: rooms, acknowledgements, bytes, namespaces, background tasks."""

import os

import socketio
from fastapi import FastAPI
from socketio.exceptions import ConnectionRefusedError

app = FastAPI()
# More pings than by default, because they end polls that are not needed any more.
sio = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins="*", ping_interval=3, ping_timeout=3)
files = {"/notes": os.path.join(os.environ["FRAMEWORKS_FILES"], "notes.txt")}
combined_asgi_app = socketio.ASGIApp(sio, app, static_files=files)


@app.get("/hello")
async def hello():
    return {"hello": "from FastAPI"}


@app.post("/announce")
async def announce(text: str):
    """A request that is heard by those who are connected."""
    await sio.emit("announced", text)
    return {"announced": text}


@sio.event
async def connect(sid, environ, auth):
    if auth == {"token": "wrong"}:
        raise ConnectionRefusedError("who are you?", {"code": 7})
    await sio.save_session(sid, {"name": auth and auth["name"]})
    header = environ.get("HTTP_X_GRID")
    await sio.emit("welcome", {"auth": auth, "header": header, "query": "grid=1" in environ["QUERY_STRING"]}, to=sid)


@sio.event
async def disconnect(sid, reason):
    session = await sio.get_session(sid)
    await sio.emit("left", {"name": session["name"], "reason": reason}, room="watchers")


@sio.event
async def watch(sid):
    await sio.enter_room(sid, "watchers")


@sio.event
async def echo(sid, *values):
    """The result is the acknowledgement: several values are several arguments."""
    return values


@sio.event
async def silent(sid):
    pass


@sio.event
async def join(sid, room):
    await sio.enter_room(sid, room)
    return sorted(sio.rooms(sid), key=lambda each: each == sid)[:-1]


@sio.event
async def leave(sid, room):
    await sio.leave_room(sid, room)
    return sorted(sio.rooms(sid), key=lambda each: each == sid)[:-1]


@sio.event
async def say(sid, room, what):
    """Heard by the others in the room."""
    session = await sio.get_session(sid)
    await sio.emit("said", {"by": session["name"], "what": what}, room=room, skip_sid=sid)


@sio.event
async def shut(sid, room):
    await sio.close_room(room)


@sio.event
async def turn_around(sid, number):
    """Asks the client and tells it what it has answered."""
    return ["the client says", await sio.call("double", number, to=sid)]


@sio.event
async def count(sid, until):
    """Starts a task that goes on after the event was handled."""

    async def ticks():
        for number in range(until):
            await sio.sleep(0.001)
            await sio.emit("tick", number, to=sid)

    sio.start_background_task(ticks)
    return "counting"


@sio.event
async def flood(sid, amount):
    for number in range(amount):
        await sio.emit("drop", {"number": number, "padding": "x" * 1000}, to=sid)


@sio.event
async def throw_out(sid):
    await sio.disconnect(sid)


class Uploads(socketio.AsyncNamespace):
    """A namespace of its own, as a class."""

    async def on_connect(self, sid, environ, auth):
        await self.emit("ready", to=sid)

    async def on_store(self, sid, name, data):
        return {"name": name, "bytes": len(data), "reversed": data[::-1][:4]}


sio.register_namespace(Uploads("/uploads"))
