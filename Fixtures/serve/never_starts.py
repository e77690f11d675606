"""Computes without an end while it starts."""

import os


def say(text):
    # In one piece: the server writes to the same place.
    os.write(1, f"{text}\n".encode())


async def app(scope, receive, send):
    await receive()
    say("startup begins")
    while True:
        pass
