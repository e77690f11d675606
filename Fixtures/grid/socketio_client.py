"""A Socket.IO client: takes a URL and transports as JSON, and prints what it has seen as JSON."""

import asyncio
import json
import sys
from collections import defaultdict

import socketio
from engineio.payload import Payload

# A poll may bring all that has come in between, and not 16 packets at most.
Payload.max_decode_packets = 1000


class Watcher:
    """A client that keeps its events in queues, one a name."""

    def __init__(self, namespaces=("/",)):
        self.sio = socketio.AsyncClient(reconnection=False)
        self.namespaces = namespaces
        self.queues = defaultdict(asyncio.Queue)
        for namespace in namespaces:
            self.sio.on("*", self.keep, namespace=namespace)
            for name in ("connect_error", "disconnect"):
                self.sio.on(name, self.keeper(name), namespace=namespace)
        self.sio.on("double", lambda number: number * 2)

    def keeper(self, name):
        return lambda *values: self.keep(name, *values)

    def keep(self, name, *values):
        self.queues[name].put_nowait(values[0] if len(values) == 1 else list(values))

    async def open(self, url, transports, auth=None):
        headers = {"X-Grid": "grid"}
        url = f"{url}?grid=1"
        await self.sio.connect(
            url, headers=headers, auth=auth, transports=transports, namespaces=list(self.namespaces), wait_timeout=10
        )
        return self

    async def next(self, name):
        return await asyncio.wait_for(self.queues[name].get(), 20)

    async def call(self, name, *values, namespace="/"):
        data = values[0] if len(values) == 1 else values or None
        return await self.sio.call(name, data, namespace=namespace, timeout=20)


def plain(value):
    """Bytes as JSON can carry them."""
    if isinstance(value, bytes):
        return {"bytes": len(value), "first": list(value[:8])}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return value


async def refused(opening):
    """The error of a client that may not connect."""
    try:
        await opening
    except socketio.exceptions.ConnectionError as error:
        return str(error)
    return "not refused"


async def talk(url, transports):
    seen = {}
    ann = await Watcher(("/", "/uploads")).open(url, transports, {"name": "Änn"})
    seen["welcome"] = await ann.next("welcome")
    seen["ready"] = await ann.next("ready")

    # Only one that upgrades changes its transport; the probe takes a while.
    while ann.sio.transport() != transports[-1]:
        await asyncio.sleep(0.01)
    seen["transport"] = ann.sio.transport()

    seen["acks"] = [
        await ann.call("echo", "grüße 🐍"),
        await ann.call("echo", 1, [2, {"three": None}], ""),
        await ann.call("echo", b"\x00\xff\x80bytes"),
        await ann.call("echo", {"first": b"one", "more": [b"", b"three", "text"]}),
        await ann.call("echo", "x" * 300_000),
        await ann.call("echo", bytes(300_000)),
        await ann.call("silent"),
        await ann.call("turn_around", 21),
        await ann.call("store", "a file", bytes(range(256)), namespace="/uploads"),
    ]
    seen["lengths"] = [len(seen["acks"][4])]
    seen["acks"][4] = seen["acks"][4][:4]

    seen["counting"] = await ann.call("count", 20)
    seen["ticks"] = [await ann.next("tick") for _ in range(20)]
    await ann.sio.emit("flood", 300)
    seen["flood"] = [(await ann.next("drop"))["number"] for _ in range(300)] == list(range(300))

    bob = await Watcher().open(url, transports, {"name": "Bob"})
    cat = await Watcher().open(url, transports, {"name": "Cat"})
    seen["rooms"] = [await each.call("join", "blue") for each in (ann, bob)]
    await cat.call("join", "red")
    await ann.sio.emit("say", ("blue", "hello blue"))
    seen["in the room"] = await bob.next("said")
    seen["left the room"] = await bob.call("leave", "blue")
    await ann.sio.emit("say", ("blue", "nobody hears"))
    await ann.sio.emit("say", ("red", {"data": b"red"}))
    seen["in another"] = await cat.next("said")
    await cat.call("shut", "red")
    await ann.sio.emit("say", ("red", "closed"))
    await ann.call("echo", "in between")
    seen["not heard"] = [each.queues["said"].qsize() for each in (ann, bob, cat)]

    # A client that polls is told of its own end by the end of its last poll, which takes its time.
    farewells = []

    def part(coroutine):
        farewells.append(asyncio.ensure_future(coroutine))

    await ann.call("watch")
    seen["reasons"] = []
    part(bob.sio.disconnect())
    seen["reasons"].append(await ann.next("left"))
    seen["reasons"].append(await bob.next("disconnect"))
    await cat.sio.emit("throw_out")
    seen["reasons"].append(await ann.next("left"))
    seen["reasons"].append(await cat.next("disconnect"))
    part(cat.sio.disconnect())

    if transports[-1] == "websocket":
        # The connection breaks without a word of Socket.IO.
        dan = await Watcher().open(url, transports, {"name": "Dan"})
        while dan.sio.transport() != "websocket":
            await asyncio.sleep(0.01)
        dan.sio.eio.ws._response.connection.transport.abort()
        seen["reasons"].append(await ann.next("left"))

    eve = Watcher()
    part(refused(eve.open(url, transports, {"token": "wrong"})))
    seen["refused"] = await eve.next("connect_error")
    part(refused(Watcher(("/nowhere",)).open(url, transports)))

    async with ann.sio.eio.http.post(f"{url}/announce?text=all") as response:
        seen["request"] = [response.status, await response.json()]
    seen["announced"] = await ann.next("announced")
    part(ann.sio.disconnect())
    seen["farewells"] = await asyncio.gather(*farewells)
    return plain(seen)


async def main(url, transports):
    print(json.dumps(await asyncio.wait_for(talk(url, transports), 60)))


asyncio.run(main(*json.loads(sys.argv[1])))
