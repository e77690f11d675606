"""Every interpreter: how it encodes text, as an app and as a program that is started with this file."""

import json
import locale
import os
import sys

UMLAUTS = "Bücher für Käthe"


def _outcome(function):
    try:
        return function()
    except (OSError, UnicodeError) as error:
        return type(error).__name__


def _read(path):
    with open(path) as file:
        return file.read()


def tell():
    """Prints what Python makes of text; the folder is that of a variable, which may have an umlaut, too."""
    folder = os.environ["UMLAUTS"]
    streams = [[each.encoding, each.errors] for each in (sys.stdin, sys.stdout, sys.stderr)]
    facts = {
        "utf8_mode": sys.flags.utf8_mode,
        "file system": [sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()],
        "streams": streams,
        "preferred": locale.getpreferredencoding(False),
        "locale": [os.environ.get(name) for name in ("LANG", "LC_ALL", "LC_CTYPE")],
        "variable": folder,
        "names": sorted(_outcome(lambda: os.listdir(folder))),
        "content": _outcome(lambda: _read(os.path.join(folder, os.listdir(folder)[0]))),
        "found": os.path.exists(os.path.join(folder, UMLAUTS + ".txt")),
        "arguments": sys.argv[1:],
        "dev_mode": sys.flags.dev_mode,
        "written": _outcome(lambda: print(UMLAUTS)),
    }
    print(json.dumps(facts), flush=True)


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    tell()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"told"})


if __name__ == "__main__":
    tell()
