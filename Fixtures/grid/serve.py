"""Serves an app with uvicorn until standard input ends, and then shuts it down in an orderly way.

Takes the target and uvicorn's settings, as JSON.
"""

import json
import sys
import threading

import uvicorn


def main(target, settings):
    # No connection is closed for being idle, and no header of a proxy is believed: python-node does neither.
    config = uvicorn.Config(
        target,
        host="127.0.0.1",
        port=0,
        timeout_keep_alive=3600,
        timeout_graceful_shutdown=5,
        proxy_headers=False,
        access_log=False,
        use_colors=False,
        **settings,
    )
    server = uvicorn.Server(config)

    def watch():
        sys.stdin.read()
        server.should_exit = True

    threading.Thread(target=watch, daemon=True).start()
    server.run()


main(sys.argv[1], json.loads(sys.argv[2]))
