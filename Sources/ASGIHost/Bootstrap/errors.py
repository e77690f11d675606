"""The host's own exceptions. Those with a code become errors with that code in JavaScript."""


class CannotHost(ValueError):
    """Node's thread cannot run this kind of event loop."""

    code = 'ERR_ASGI_INVALID_OPTION'


class ClientDisconnected(OSError):
    """The client has disconnected, so `send()` fails."""


class EntryNotFound(Exception):
    """There is no such file, module or attribute."""

    code = 'ERR_ASGI_ENTRY_NOT_FOUND'
    prefix = 'Entry point not found: '


class LogConfigFailure(Exception):
    """The file given with `--log-config` cannot be read or is invalid."""

    code = 'ERR_ASGI_INVALID_OPTION'
    prefix = '--log-config: '


class NotCallable(Exception):
    """The target exists but cannot be called."""

    code = 'ERR_ASGI_NOT_CALLABLE'


# Compared by identity, because an application's exception class may have a broken metaclass.
WITH_CODES = (CannotHost, EntryNotFound, LogConfigFailure, NotCallable)
