"""An ASGI app for datagrams: keeps a shopping list for each client.

The scope has the type "udp" and the client's address; the events "udp.datagram" have `data`, bytes, in both directions.
"""


async def app(scope, receive, send):
    if scope["type"] != "udp":
        raise NotImplementedError(scope["type"])
    items = []
    while True:
        event = await receive()
        word, _, item = event["data"].decode().partition(" ")
        if word == "add":
            items.append(item)
            answer = f"{len(items)} items"
        elif word == "list":
            answer = ", ".join(items)
        elif word == "drop":
            items.remove(item)
            answer = f"{len(items)} items"
        elif word == "bye":
            await send({"type": "udp.datagram", "data": b"bye"})
            return
        else:
            answer = "say add, drop, list or bye"
        await send({"type": "udp.datagram", "data": answer.encode()})
