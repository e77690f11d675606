"""Serves an app with uvicorn until standard input ends, be it that whoever started this process has died."""

import sys
import threading

import uvicorn


def main(target):
    # No connection is closed for being idle, and no header of a proxy is believed: python-node does neither.
    config = uvicorn.Config(
        target,
        host="127.0.0.1",
        port=0,
        timeout_keep_alive=3600,
        proxy_headers=False,
        access_log=False,
        use_colors=False,
    )
    server = uvicorn.Server(config)

    def watch():
        sys.stdin.read()
        server.should_exit = server.force_exit = True

    threading.Thread(target=watch, daemon=True).start()
    server.run()


main(sys.argv[1])
