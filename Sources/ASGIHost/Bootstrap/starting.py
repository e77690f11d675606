"""Prepares the interpreter for applications."""

import asyncio
import json
import os
import sys

from .loops import new_event_loop
from .streams import share_streams


def start(executable, choice, is_hosted):
    """Sets up `sys` as if `executable` had been started, and returns the first event loop."""
    sys.executable = executable
    if not getattr(sys, 'argv', None):
        sys.argv = ['']
    share_streams()
    if is_hosted and choice == 'auto':
        # Only asyncio's own loop can be driven by another event loop.
        choice = 'asyncio'
    loop = new_event_loop(choice)
    asyncio.set_event_loop(loop)
    return loop


def describe_runtime(loop):
    """The interpreter and the event loop, as JSON."""
    return json.dumps({
        'version': sys.version.split()[0],
        # platform.python_implementation() says the same, but importing platform is slow.
        'implementation': sys.implementation.name.replace('cpython', 'CPython'),
        'executable': path_text(sys.executable),
        'prefix': path_text(sys.prefix),
        'loop': type(loop).__module__.partition('.')[0],
    })  # fmt: skip


def path_text(path):
    """A path as JavaScript decodes it: as UTF-8, whatever encoding Python uses for file names."""
    return os.fsencode(path).decode('utf-8', 'replace')
