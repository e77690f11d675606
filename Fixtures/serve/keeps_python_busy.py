"""Computes without end, so that the event loop and other threads hardly run."""

import os


def say(text):
    # In one piece: the server writes to the same place.
    os.write(1, f"{text}\n".encode())


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    say("busy")
    while True:
        pass
