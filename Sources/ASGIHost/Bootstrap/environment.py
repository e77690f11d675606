"""Makes Python change environment variables under the lock with which JavaScript reads them."""

import errno
import os
import sys


def share_environment(set_variable):
    """Makes `os.environ` and `os.putenv` call `set_variable(name, value)`, with bytes, or None to unset it."""

    def putenv(name, value):
        sys.audit('os.putenv', name, value)
        name, value = encoded(name), encoded(value)
        if not name or b'=' in name:
            raise ValueError('illegal environment variable name')
        set_variable(name, value)

    def unsetenv(name):
        sys.audit('os.unsetenv', name)
        name = encoded(name)
        if not name or b'=' in name:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        set_variable(name, None)

    os.putenv, os.unsetenv = putenv, unsetenv
    for mapping in (os.environ, getattr(os, 'environb', None)):
        # Python 3.8 keeps references to both functions.
        if hasattr(mapping, 'putenv'):
            mapping.putenv, mapping.unsetenv = putenv, unsetenv


def encoded(text):
    text = os.fsencode(text)
    if b'\0' in text:
        raise ValueError('embedded null byte')
    return text
