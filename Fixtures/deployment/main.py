"""A chat whose rooms span all instances: Redis passes the messages of each to the others."""

import asyncio
import os
import re
import socket
from contextlib import asynccontextmanager
from pathlib import Path

from channels_redis.core import RedisChannelLayer
from starlette.applications import Starlette
from starlette.responses import FileResponse
from starlette.routing import Route, WebSocketRoute

REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379")
# Which process it was. In Kubernetes the name of the host is the pod's.
INSTANCE = f"{os.environ.get('INSTANCE', socket.gethostname())}/{os.getpid()}"
PAGE = Path(__file__).parent / "index.html"
ROOM = re.compile(r"[A-Za-z0-9_-]{1,60}")

# The layer asks Redis for five seconds at a time: only an answer that is later than this is a fault.
layer = RedisChannelLayer(hosts=[{"address": REDIS_URL, "socket_timeout": 15}])


async def page(request):
    return FileResponse(PAGE)


async def chat(websocket):
    """A WebSocket in a room: gets all that is said there, and the text it sends is said to all."""
    room = websocket.path_params["room"]
    if ROOM.fullmatch(room) is None:
        # Before accept: a 403.
        await websocket.close()
        return
    await websocket.accept()
    group, channel = f"room.{room}", await layer.new_channel()
    await layer.group_add(group, channel)
    try:
        await websocket.send_json({"type": "welcome", "room": room, "instance": INSTANCE})
        hearing = asyncio.ensure_future(hear(websocket, channel))
        speaking = asyncio.ensure_future(speak(websocket, group))
        done, _ = await asyncio.wait([hearing, speaking], return_when=asyncio.FIRST_COMPLETED)
        if speaking in done:
            # Told, and not cancelled: receive() of the layer does not always notice.
            await layer.send(channel, {"type": "left"})
        else:
            speaking.cancel()
        await asyncio.gather(hearing, speaking, return_exceptions=True)
        for task in done:
            task.result()
    finally:
        await layer.group_discard(group, channel)


async def hear(websocket, channel):
    while (message := await layer.receive(channel))["type"] != "left":
        await websocket.send_json(message)


async def speak(websocket, group):
    async for text in websocket.iter_text():
        await layer.group_send(group, {"type": "said", "text": text, "instance": INSTANCE})


@asynccontextmanager
async def lifespan(app):
    yield
    await layer.close_pools()


app = Starlette(routes=[Route("/", page), WebSocketRoute("/chat/{room}", chat)], lifespan=lifespan)
