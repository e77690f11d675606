"""Shares signals between Node and Python: each signal has one owner at a time."""

import functools
import os

import _signal

# The operations of the function that `share_signals` is given, and the owners that QUERY returns.
QUERY, CLAIM, RELEASE, FORWARD = range(4)
DEFAULT, IGNORED, NODE = range(3)

# Modules of event loops, which install placeholder handlers for the signals that they listen to.
LOOPS = ('asyncio.unix_events', 'uvloop.loop')


class NodeHandler:
    """The handler that `signal.getsignal` returns for a signal that Node listens to. A call emits the signal in Node."""

    def __init__(self, forward):
        self.forward = forward

    def __call__(self, signalnum, frame=None):
        self.forward(signalnum)

    def __repr__(self):
        return '<handler of Node.js>'


def share_signals(ask):
    """Makes `signal.signal` move a signal between Node and Python, and `signal.getsignal` report Node's handlers.

    It replaces functions of the C module, which `signal` calls, so functions that were imported from `signal` before
    work, too. `ask(operation, signalnum)` performs an operation on the process' signals.
    """
    query, claim, release, forward = (functools.partial(ask, each) for each in (QUERY, CLAIM, RELEASE, FORWARD))
    plain_signal, plain_getsignal = _signal.signal, _signal.getsignal
    node = NodeHandler(forward)

    def is_default(handler):
        return isinstance(handler, int) and handler == _signal.SIG_DFL

    def getsignal(signalnum):
        handler = plain_getsignal(signalnum)
        if handler is not None and not is_default(handler):
            return handler
        owner = query(signalnum)
        if owner == NODE:
            return node
        if handler is None and owner in (DEFAULT, IGNORED):
            # Node listened when Python started, and has stopped since.
            return _signal.SIG_DFL if owner == DEFAULT else _signal.SIG_IGN
        return handler

    def set_signal(signalnum, handler):
        previous = getsignal(signalnum)
        # Records Node's handler, which may be newer than the last query.
        query(signalnum)
        # An event loop that stops listening to SIGINT installs Python's own handler, even if there was another before.
        is_loops = handler is _signal.default_int_handler and getattr(previous, '__module__', None) in LOOPS
        if handler is node or is_default(handler) or is_loops:
            plain_signal(signalnum, _signal.SIG_DFL)
            release(signalnum)
        else:
            plain_signal(signalnum, handler)
            claim(signalnum)
        return previous

    def begin_child():
        # The child shares the descriptor with the parent, whose event loop would receive the child's signals.
        _signal.set_wakeup_fd(-1)
        # Node does not run in the child, so SIGINT gets Python's default handler.
        if is_default(getsignal(_signal.SIGINT)):
            set_signal(_signal.SIGINT, _signal.default_int_handler)

    _signal.signal, _signal.getsignal = set_signal, getsignal
    os.register_at_fork(after_in_child=begin_child)
