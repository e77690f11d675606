"""Python's websockets as a client: takes [url, subprotocols, steps, leaves] as JSON and prints the messages, as JSON.

A step that is a string is sent; null receives a message.
"""

import asyncio
import json
import sys

import websockets


async def main(url, subprotocols, steps, leaves):
    came = {"messages": [], "subprotocol": None, "code": None, "reason": None, "status": None}
    try:
        async with websockets.connect(url, subprotocols=subprotocols or None) as socket:
            came["subprotocol"] = socket.subprotocol
            for step in steps:
                if step is not None:
                    await socket.send(step)
                    continue
                message = await socket.recv()
                came["messages"].append(message if isinstance(message, str) else list(message))
            await (socket.close() if leaves else socket.wait_closed())
            came["code"], came["reason"] = socket.close_code, socket.close_reason
    except websockets.exceptions.InvalidStatus as error:
        came["status"] = error.response.status_code
    print(json.dumps(came))


asyncio.run(main(*json.loads(sys.argv[1])))
