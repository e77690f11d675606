"""Serves an app with uvicorn until standard input ends, also because the parent process has died.

Takes the folder to import from, the target, and settings of uvicorn's as JSON; with `force`, requests that are under way
at the end are not waited for.
"""

import json
import sys
import threading

import uvicorn


def main(folder, target, force=False, **settings):
    sys.path[0] = folder
    # No connection is closed for being idle, and no header of a proxy is believed: python-node does neither.
    config = uvicorn.Config(
        target,
        host="127.0.0.1",
        port=0,
        timeout_keep_alive=3600,
        proxy_headers=False,
        access_log=False,
        use_colors=False,
        **settings,
    )
    server = uvicorn.Server(config)

    def watch():
        sys.stdin.read()
        server.force_exit = force
        server.should_exit = True

    threading.Thread(target=watch, daemon=True).start()
    server.run()


main(sys.argv[1], sys.argv[2], **json.loads(sys.argv[3]))
