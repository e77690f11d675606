"""The standard outputs, where they are pipes: Node makes them non-blocking, and what is full would refuse Python's writes."""

import functools
import io
import os
import select
import stat
import sys


def share_streams():
    """Has Python's writes wait for the reader of a pipe, and programs that it starts find one that does."""
    shared = {descriptor for descriptor in (1, 2) if is_pipe(descriptor)}
    if not shared:
        return
    for name in ('stdout', 'stderr'):
        plain = getattr(sys, name)
        stream = waiting_stream(plain, shared)
        if getattr(sys, f'__{name}__') is plain:
            setattr(sys, f'__{name}__', stream)
        setattr(sys, name, stream)
    os.write = waiting_write(os.write, shared)
    os.set_blocking = noting_wishes(os.set_blocking, shared)
    share_with_programs(shared)


def is_pipe(descriptor):
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:
        # It is closed.
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def wait_for_reader(descriptor):
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    poll.poll()


class WaitingFile(io.FileIO):
    """A file that takes all of what it is given, as one that blocks does."""

    def write(self, data):
        with memoryview(data) as view, view.cast('B') as octets:
            written = super().write(octets)
            while written is None or written < len(octets):
                wait_for_reader(self.fileno())
                written = (written or 0) + (super().write(octets[written or 0 :]) or 0)
            return written


def waiting_stream(plain, shared):
    """A standard stream as Python has made it, but for its lowest layer; any other as it is."""
    if type(plain) is not io.TextIOWrapper:
        return plain
    is_buffered = isinstance(plain.buffer, io.BufferedWriter)
    raw = plain.buffer.raw if is_buffered else plain.buffer
    if type(raw) is not io.FileIO or raw.fileno() not in shared:
        return plain
    plain.flush()
    file = WaitingFile(raw.fileno(), 'wb', closefd=False)
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


def waiting_write(plain, shared):
    """`os.write` that takes all of what it is given, as it does where a pipe blocks."""

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


def noting_wishes(plain, shared):
    """Leaves a descriptor alone that Python itself wants not to block, as event loops do with pipes of theirs."""

    @functools.wraps(plain)
    def set_blocking(descriptor, blocking, /):
        plain(descriptor, blocking)
        if not blocking:
            shared.discard(descriptor)

    return set_blocking


def share_with_programs(shared):
    """Has the outputs block when a program is started, which would take a full pipe for an error. Node does the same."""
    import subprocess

    import _posixsubprocess

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
    # From Python 3.11 on it has the function by itself.
    if hasattr(subprocess, '_fork_exec'):
        subprocess._fork_exec = _posixsubprocess.fork_exec
