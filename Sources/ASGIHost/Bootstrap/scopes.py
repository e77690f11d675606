"""What scopes are made of, and checks of rare messages."""

import functools
import os

def link_headers(links):
    """The links of an early hint as headers."""
    headers = []
    for link in links:
        if not isinstance(link, bytes):
            raise TypeError(f"'links' must be bytes, got '{type(link).__name__}'")
        headers.append((b'link', link))
    return headers


def path_to_send(path):
    """The path of a file that is to be sent, as bytes; raises what opening it would raise."""
    if not isinstance(path, str):
        raise TypeError(f"'path' must be str, got '{type(path).__name__}'")
    if not os.path.isabs(path):
        raise ValueError(f"'path' must be absolute, got {path!r}")
    with open(path, 'rb'):
        return os.fsencode(path)


@functools.lru_cache(maxsize=256)
def tls_description(text):
    import json

    return json.loads(text)


def tls(text):
    """The `tls` extension of a connection, of the transport's description."""
    return dict(tls_description(text))


def template(root_path, extra, spec_version):
    """What every HTTP scope of an application has in common."""
    import json

    # Every key that a request sets is there already: a copy of the right size, whose values are replaced, costs less than
    # one that has to grow.
    scope = {
        'type': 'http',
        'asgi': {'version': '3.0', 'spec_version': spec_version},
        'http_version': '1.1',
        # What a request leaves as it is: the most frequent values of these and `client`, `server`, `query_string`.
        'method': 'GET',
        'scheme': 'http',
        'path': None,
        'raw_path': None,
        'query_string': b'',
        'root_path': root_path,
        'headers': None,
        'client': None,
        'server': None,
        'extensions': None,
    }
    for name, value in (json.loads(extra) if extra else {}).items():
        if name in STANDARD_KEYS:
            raise ValueError(f'scope: {name!r} is set for each request and cannot be overridden')
        scope[name] = value
    return scope


def add_keys(scope, extensions, text):
    """Adds what only this request has: keys of its scope, checked before, and, where there is TLS, its description."""
    import json

    description = json.loads(text)
    scope.update(description['scope'])
    if description['tls'] is not None:
        extensions['tls'] = description['tls']


def websocket_template(template):
    """What every WebSocket scope of an application has in common, of its HTTP scopes'."""
    # What keeps HTTP at an older one is about responses.
    asgi = {**template['asgi'], 'spec_version': '2.5'}
    scope = {**template, 'type': 'websocket', 'asgi': asgi, 'scheme': 'ws', 'subprotocols': None}
    del scope['method']
    # Anew: a dict that has lost a key is not copied as it is.
    return dict(scope)


def subprotocols(headers):
    """The subprotocols that a client offers, in its order, from all headers and their comma lists."""
    offered = []
    for name, value in headers:
        if name == b'sec-websocket-protocol':
            offered.extend(part.strip() for part in value.decode('latin-1').split(','))
    return [part for part in offered if part]


STANDARD_KEYS = {
    'type', 'asgi', 'http_version', 'method', 'scheme', 'path', 'raw_path', 'query_string', 'root_path', 'headers',
    'client', 'server', 'state', 'extensions', 'subprotocols',
}  # fmt: skip
