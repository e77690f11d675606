"""W1: each request waits until as many as the query says are there at once, in threads of their own."""

import threading

_barriers = {}
_lock = threading.Lock()


def app(environ, start_response):
    count = int(environ["QUERY_STRING"])
    with _lock:
        barrier = _barriers.setdefault(count, threading.Barrier(count))
    barrier.wait(30)
    start_response("200 OK", [])
    return [str(threading.get_ident()).encode()]
