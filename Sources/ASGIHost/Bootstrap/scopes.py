"""Templates and rare keys of scopes, and checks of rare messages."""

import functools
import json
import os


def link_headers(links):
    """The links of an `http.response.early_hint` message as headers."""
    headers = []
    for link in links:
        if not isinstance(link, bytes):
            raise TypeError(f"'links' must be bytes, got '{type(link).__name__}'")
        headers.append((b'link', link))
    return headers


def path_to_send(path):
    """The path of an `http.response.pathsend` message as bytes. Raises OSError if the file cannot be opened."""
    if not isinstance(path, str):
        raise TypeError(f"'path' must be str, got '{type(path).__name__}'")
    if not os.path.isabs(path):
        raise ValueError(f"'path' must be absolute, got {path!r}")
    with open(path, 'rb'):
        return os.fsencode(path)


@functools.lru_cache(maxsize=256)
def tls_description(text):
    return json.loads(text)


def tls(text):
    """The `tls` extension of a connection, from its JSON."""
    return dict(tls_description(text))


def template(root_path, extra, spec_version):
    """The dict that every HTTP scope of an application is copied from."""
    # It has all keys that requests set: replacing a copy's values is cheaper than adding keys.
    scope = {
        'type': 'http',
        'asgi': {'version': '3.0', 'spec_version': spec_version},
        'http_version': '1.1',
        # A request only replaces values that differ from these.
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
    """Adds a request's own scope keys, which were checked before, and its `tls` extension if it has one."""
    description = json.loads(text)
    scope.update(description['scope'])
    if description['tls'] is not None:
        extensions['tls'] = description['tls']


def websocket_template(template):
    """The dict that every WebSocket scope of an application is copied from, made from that of HTTP."""
    # An application may keep its HTTP scopes at an older version.
    asgi = {**template['asgi'], 'spec_version': '2.5'}
    scope = {**template, 'type': 'websocket', 'asgi': asgi, 'scheme': 'ws', 'subprotocols': None}
    del scope['method']
    # A new dict, because copying a dict that had a key deleted is slower.
    return dict(scope)


def subprotocols(headers):
    """The subprotocols that a client offers, in order, from all `sec-websocket-protocol` headers."""
    offered = []
    for name, value in headers:
        if name == b'sec-websocket-protocol':
            offered.extend(part.strip() for part in value.decode('latin-1').split(','))
    return [part for part in offered if part]


STANDARD_KEYS = {
    'type', 'asgi', 'http_version', 'method', 'scheme', 'path', 'raw_path', 'query_string', 'root_path', 'headers',
    'client', 'server', 'state', 'extensions', 'subprotocols',
}  # fmt: skip
