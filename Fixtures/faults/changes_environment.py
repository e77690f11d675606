"""Changes environment variables: /write/ID in a thread, until /stop/ID; /set/NAME/VALUE, /put/NAME/VALUE, /unset/NAME."""

import os
import threading

writers = {}


class Writer(threading.Thread):
    def __init__(self):
        super().__init__(daemon=True)
        self.is_over = False

    def run(self):
        number = 0
        while not self.is_over:
            number += 1
            os.environ[f"WRITTEN_{number % 5000}"] = "x" * (number % 300)


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    _, what, *rest = scope["path"].split("/")
    answer = ""
    if what == "write":
        writers[rest[0]] = Writer()
        writers[rest[0]].start()
    elif what == "stop":
        writers[rest[0]].is_over = True
        writers[rest[0]].join()
    elif what == "set":
        os.environ[rest[0]] = rest[1]
    elif what == "unset":
        del os.environ[rest[0]]
    elif what == "put":
        os.putenv(rest[0], rest[1])
    elif what == "refuse":
        try:
            os.putenv("A=B", "x")
        except ValueError as error:
            answer = str(error)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": answer.encode()})
