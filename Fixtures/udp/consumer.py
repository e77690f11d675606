"""The same server with Django Channels: a consumer for datagrams, whose clients hear of each other by its channel layer."""

import django
from django.conf import settings

settings.configure(CHANNEL_LAYERS={"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}})
django.setup()

from channels.consumer import AsyncConsumer  # noqa: E402 -- needs the settings
from channels.exceptions import StopConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter  # noqa: E402


class Room(AsyncConsumer):
    """One client: what it says, all hear."""

    name = None

    async def udp_datagram(self, event):
        text = event["data"].decode()
        if self.name is None:
            self.name = text
            await self.channel_layer.group_add("room", self.channel_name)
            text = "is here"
        elif text == "bye":
            text = "has left"
        await self.channel_layer.group_send("room", {"type": "room.said", "text": f"{self.name}: {text}"})
        if text == "has left":
            await self.channel_layer.group_discard("room", self.channel_name)
            raise StopConsumer

    async def room_said(self, event):
        await self.send({"type": "udp.datagram", "data": event["text"].encode()})


app = ProtocolTypeRouter({"udp": Room.as_asgi()})
