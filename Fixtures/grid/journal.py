"""Notes of the apps for comparing servers, and digests of large bodies."""

import asyncio
import hashlib
import os

# The test that starts the servers names a file for each.
_file = os.environ["GRID_JOURNAL"]
# The folder of files to serve, made by the test.
FILES = os.environ["FRAMEWORKS_FILES"]


def note(text):
    """Writes down that something has happened."""
    with open(_file, "a", encoding="utf-8") as file:
        file.write(f"{text}\n")


def notes():
    """All that was written down so far, in order."""
    if not os.path.exists(_file):
        return []
    with open(_file, encoding="utf-8") as file:
        return file.read().splitlines()


async def noted(text):
    """Waits until something is written down, or fails in the end; it may be a thread that writes it."""

    async def look():
        while text not in notes():
            await asyncio.sleep(0.005)

    await asyncio.wait_for(look(), 30)
    return f"{text} is noted"


def digest(data):
    """A short description of a body."""
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
