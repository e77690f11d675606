"""Makes Python's writes to stdout and stderr block as usual.

Node makes pipes non-blocking, so that writes to a full one fail.
"""

import functools
import io
import os
import select
import stat
import subprocess
import sys

import _posixsubprocess


def share_streams():
    """Makes Python's writes wait while a pipe is full, and makes pipes blocking for programs that Python starts."""
    shared = {descriptor for descriptor in (1, 2) if is_pipe(descriptor)}
    if not shared:
        return
    for name in ('stdout', 'stderr'):
        plain = getattr(sys, name)
        stream = blocking_stream(plain, shared)
        if getattr(sys, f'__{name}__') is plain:
            setattr(sys, f'__{name}__', stream)
        setattr(sys, name, stream)
    os.write = blocking_write(os.write, shared)
    os.set_blocking = unsharing_set_blocking(os.set_blocking, shared)
    share_with_programs(shared)


def is_pipe(descriptor):
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:
        # The descriptor is closed.
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def wait_for_reader(descriptor):
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    poll.poll()


class BlockingFile(io.FileIO):
    """A file on a non-blocking descriptor whose writes are complete, like those of a blocking one."""

    def write(self, data):
        with memoryview(data) as view, view.cast('B') as octets:
            written = super().write(octets)
            while written is None or written < len(octets):
                wait_for_reader(self.fileno())
                written = (written or 0) + (super().write(octets[written or 0 :]) or 0)
            return written


def blocking_stream(plain, shared):
    """The same standard stream with a BlockingFile as its lowest layer; a stream of another type is not changed."""
    if type(plain) is not io.TextIOWrapper:
        return plain
    is_buffered = isinstance(plain.buffer, io.BufferedWriter)
    raw = plain.buffer.raw if is_buffered else plain.buffer
    if type(raw) is not io.FileIO or raw.fileno() not in shared:
        return plain
    plain.flush()
    file = BlockingFile(raw.fileno(), 'wb', closefd=False)
    file.name = raw.name
    stream = io.TextIOWrapper(
        io.BufferedWriter(file) if is_buffered else file,
        encoding=plain.encoding,
        errors=plain.errors,
        newline='\n',
        line_buffering=plain.line_buffering,
        write_through=plain.write_through,
    )
    stream.mode = 'w'
    return stream


def blocking_write(plain, shared):
    """An `os.write` that writes everything to a full pipe, like that of a blocking descriptor."""

    @functools.wraps(plain)
    def write(descriptor, data, /):
        if descriptor not in shared:
            return plain(descriptor, data)
        with memoryview(data) as view, view.cast('B') as octets:
            written = 0
            while True:
                try:
                    written += plain(descriptor, octets[written:])
                except BlockingIOError:
                    pass
                if written == len(octets):
                    return written
                wait_for_reader(descriptor)

    return write


def unsharing_set_blocking(plain, shared):
    """An `os.set_blocking` that ends the waiting of writes if Python code, such as an event loop, asks for that."""

    @functools.wraps(plain)
    def set_blocking(descriptor, blocking, /):
        plain(descriptor, blocking)
        if not blocking:
            shared.discard(descriptor)

    return set_blocking


def share_with_programs(shared):
    """Makes the pipes blocking before a program starts, as programs expect. Node's child_process does the same."""

    def blocking(plain):
        @functools.wraps(plain)
        def start(*args, **kwargs):
            for descriptor in shared:
                try:
                    if not os.get_blocking(descriptor):
                        os.set_blocking(descriptor, True)
                except OSError:
                    # The app has closed it.
                    continue
            return plain(*args, **kwargs)

        return start

    for name in ('system', 'posix_spawn', 'posix_spawnp', 'execv', 'execve'):
        if hasattr(os, name):
            setattr(os, name, blocking(getattr(os, name)))
    _posixsubprocess.fork_exec = blocking(_posixsubprocess.fork_exec)
    # From Python 3.11 on, subprocess has its own reference.
    if hasattr(subprocess, '_fork_exec'):
        subprocess._fork_exec = _posixsubprocess.fork_exec
