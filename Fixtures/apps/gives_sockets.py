"""Sockets as descriptors that are their receiver's."""

import socket


async def listen():
    """A socket that listens on a free port: its descriptor, and the port."""
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    return [listening.detach(), port]
