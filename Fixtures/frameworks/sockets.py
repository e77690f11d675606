"""WebSocket apps of four frameworks, each greeting its client, echoing, and telling a second client of it."""

import os

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from starlette.applications import Starlette
from starlette.endpoints import WebSocketEndpoint
from starlette.routing import WebSocketRoute


class Echo(WebSocketEndpoint):
    encoding = "text"

    async def on_connect(self, websocket):
        await websocket.accept(subprotocol="chat" if "chat" in websocket.scope["subprotocols"] else None)
        await websocket.send_text(f"welcome to starlette, {websocket.query_params['name']}")

    async def on_receive(self, websocket, data):
        if data == "bytes":
            await websocket.send_bytes(b"\x00\xff")
        elif data == "close":
            await websocket.close(4001, "as asked")
        else:
            await websocket.send_text(f"starlette: {data}")


starlette_app = Starlette(routes=[WebSocketRoute("/starlette", Echo)])

fastapi_app = FastAPI()


@fastapi_app.websocket("/fastapi/{room}")
async def room(websocket: WebSocket, room: str, name: str):
    await websocket.accept()
    await websocket.send_json({"room": room, "name": name})
    try:
        while True:
            data = await websocket.receive_json()
            if data == "close":
                await websocket.close(4001, "as asked")
                return
            await websocket.send_json({"fastapi": data})
    except WebSocketDisconnect:
        pass


def make_channels():
    """Django Channels with its layer in memory: what one client sends, all of its group get."""
    import django
    from django.conf import settings

    if not settings.configured:
        layers = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
        settings.configure(SECRET_KEY="test", ALLOWED_HOSTS=["*"], CHANNEL_LAYERS=layers, ROOT_URLCONF=[])
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "0")
    django.setup()

    from channels.generic.websocket import AsyncJsonWebsocketConsumer
    from channels.routing import ProtocolTypeRouter, URLRouter
    from django.core.asgi import get_asgi_application
    from django.urls import path

    class Room(AsyncJsonWebsocketConsumer):
        async def connect(self):
            self.room = self.scope["url_route"]["kwargs"]["room"]
            if self.room == "forbidden":
                await self.close()
                return
            await self.channel_layer.group_add(self.room, self.channel_name)
            await self.accept()
            await self.send_json({"joined": self.room})

        async def disconnect(self, code):
            await self.channel_layer.group_discard(self.room, self.channel_name)

        async def receive_json(self, content):
            if content == "close":
                await self.close(4001, "as asked")
                return
            await self.channel_layer.group_send(self.room, {"type": "said", "what": content})

        async def said(self, event):
            await self.send_json({"said": event["what"]})

    routes = URLRouter([path("channels/<str:room>", Room.as_asgi())])
    return ProtocolTypeRouter({"http": get_asgi_application(), "websocket": routes})


def make_socketio():
    """python-socketio: Socket.IO's own protocol over the socket."""
    import socketio

    server = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins="*")

    @server.event
    async def say(sid, text):
        await server.emit("said", {"text": text}, to=sid)
        return "thanks"

    @server.event
    async def leave(sid):
        await server.disconnect(sid)

    return socketio.ASGIApp(server)
