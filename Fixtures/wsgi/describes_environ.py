"""W1-W5: answers with its environ, and with what it can tell of the thread it runs in, as JSON."""

import asyncio
import json
import threading


def _shown(value):
    if isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, tuple):
        return list(value)
    return f"<{type(value).__name__}>"


def _has_loop():
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def app(environ, start_response):
    body = json.dumps(
        {
            "environ": {name: _shown(value) for name, value in environ.items()},
            "type": type(environ).__name__,
            "types": sorted({type(value).__name__ for name, value in environ.items() if "." not in name}),
            "hasErrors": all(hasattr(environ["wsgi.errors"], name) for name in ("write", "writelines", "flush")),
            "isMainThread": threading.current_thread() is threading.main_thread(),
            "hasLoop": _has_loop(),
        }
    ).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
