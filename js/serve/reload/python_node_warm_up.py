"""Loaded by a process that waits for an app, so that Python and the event loop are there when it comes."""


async def app(scope, receive, send):
    """Is never called."""
