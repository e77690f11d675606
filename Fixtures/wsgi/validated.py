"""W2, W6: an application inside the validator of the standard library, which looks at the server as well."""

from wsgiref.validate import validator


def _plain(environ, start_response):
    stream = environ["wsgi.input"]
    first = stream.readline()
    rest = b"".join(iter(lambda: stream.read(100), b""))
    environ["wsgi.errors"].flush()
    method = environ["REQUEST_METHOD"]
    write = start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("X-Method", method)])
    write(b"first: " + first)
    return [b"rest: ", rest]


app = validator(_plain)
