"""Environment variables, which JavaScript reads while Python writes them."""

import errno
import os


def share_environment(set_variable):
    """Has `os.environ` and `os.putenv` change the environment with `set_variable(name, value)`, both bytes or None."""

    def putenv(name, value):
        sys.audit('os.putenv', name, value)
        name, value = variable_text(name), variable_text(value)
        if not name or b'=' in name:
            raise ValueError('illegal environment variable name')
        set_variable(name, value)

    def unsetenv(name):
        sys.audit('os.unsetenv', name)
        name = variable_text(name)
        if not name or b'=' in name:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        set_variable(name, None)

    os.putenv, os.unsetenv = putenv, unsetenv
    for mapping in (os.environ, getattr(os, 'environb', None)):
        # Python 3.8 has them there.
        if hasattr(mapping, 'putenv'):
            mapping.putenv, mapping.unsetenv = putenv, unsetenv


def variable_text(text):
    text = os.fsencode(text)
    if b'\0' in text:
        raise ValueError('embedded null byte')
    return text
