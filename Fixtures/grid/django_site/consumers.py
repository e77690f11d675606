"""Consumers of Channels: one that awaits, one that runs in threads, one that answers over HTTP."""

import asyncio
import json

from asgiref.sync import async_to_sync
from channels.db import database_sync_to_async
from channels.generic.http import AsyncHttpConsumer
from channels.generic.websocket import AsyncJsonWebsocketConsumer, WebsocketConsumer

from .models import Fruit


class Market(AsyncJsonWebsocketConsumer):
    """Knows who is logged in, looks fruits up, and tells the group of them."""

    groups = ["market"]

    async def connect(self):
        await self.accept("fruits" if "fruits" in self.scope["subprotocols"] else None)
        user = self.scope["user"]
        await self.send_json({"user": user.username, "staff": user.is_staff})

    async def receive_json(self, content):
        if content == "close":
            await self.close(4001, "as asked")
        elif content == "fail":
            raise ValueError("not today")
        else:
            count = await database_sync_to_async(Fruit.objects.filter(name__startswith=content).count)()
            await self.channel_layer.group_send("market", {"type": "looked.up", "name": content, "count": count})

    async def looked_up(self, event):
        await self.send_json({"name": event["name"], "count": event["count"]})


class Threaded(WebsocketConsumer):
    """Written without a single await."""

    def connect(self):
        if self.scope["url_route"]["kwargs"]["room"] == "forbidden":
            self.close()
            return
        self.accept()
        self.send(text_data="from a thread")

    def receive(self, text_data=None, bytes_data=None):
        if bytes_data is not None:
            self.send(bytes_data=bytes_data[::-1])
        elif text_data == "fruits":
            self.send(text_data=json.dumps(sorted(Fruit.objects.values_list("name", flat=True))))
        elif text_data == "layer":
            async_to_sync(self.channel_layer.send)(self.channel_name, {"type": "later", "text": "through the layer"})
        else:
            self.close(4002)

    def later(self, event):
        self.send(text_data=event["text"])


class Events(AsyncHttpConsumer):
    async def handle(self, body):
        await self.send_headers(headers=[(b"Content-Type", b"text/event-stream"), (b"Cache-Control", b"no-cache")])
        for number in range(3):
            await asyncio.sleep(0)
            await self.send_body(f"data: {number} {len(body)}\n\n".encode(), more_body=True)
        await self.send_body(b"")
