"""Applications with all kinds of mistakes, by accident or on purpose: GET /<kind>/<name>.

Each may fail only its own request. Over HTTP and over WebSockets: /values/<message>/<key>/<name>
sends a message with one odd value, and answers with the outcome if it still can.
"""

import json

import misuses_awaitables
import sends_meanwhile
from odd_messages import BODY, START, step
from returns_oddly import RETURNS
from sends_odd_values import VALUES, sends_values

DEEDS = {**sends_meanwhile.DEEDS, **misuses_awaitables.DEEDS}


async def does(name, scope, receive, send):
    await DEEDS[name](scope, receive, send)
    # Where it has not been done.
    step(send(START))
    step(send(BODY))


def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError(scope["type"])
    path = scope["path"].strip("/").split("/")
    if path[0] == "names":
        return names(send)
    if path[0] == "values":
        return sends_values(path, receive, send)
    if path[0] == "returns":
        return RETURNS[path[1]](receive, send)
    return does(path[1], scope, receive, send)


async def names(send):
    found = {"values": list(VALUES), "returns": list(RETURNS), "does": list(DEEDS)}
    await send(START)
    await send({"type": "http.response.body", "body": json.dumps(found).encode()})
