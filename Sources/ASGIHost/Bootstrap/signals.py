"""Signals, which Node and Python both listen to."""

import functools
import os

import _signal

# What `share_signals` is given can be asked for; the first answers with one of the others.
DOING, TAKE, GIVE_BACK, PASS_ON = range(4)
DEFAULT, IGNORED, NODES = range(3)


# Where event loops have the handlers that they set while they listen.
LOOPS = ('asyncio.unix_events', 'uvloop.loop')


class NodeHandler:
    """What Node does for a signal: what `signal.getsignal` gives where Node listens, and a handler may call."""

    def __init__(self, pass_on):
        self.pass_on = pass_on

    def __call__(self, signalnum, frame=None):
        self.pass_on(signalnum)

    def __repr__(self):
        return '<what Node does for the signal>'


def share_signals(ask):
    """Has a signal be Python's or Node's, as `signal.signal` says, and `signal.getsignal` tell whose it is.

    It replaces the functions of the module in C, which those of `signal` call, whenever somebody has imported them.
    `ask(what, signalnum)` is the process' side of it.
    """
    doing, take, give_back, pass_on = (functools.partial(ask, what) for what in (DOING, TAKE, GIVE_BACK, PASS_ON))
    plain_signal, plain_getsignal = _signal.signal, _signal.getsignal
    node = NodeHandler(pass_on)

    def is_default(handler):
        return isinstance(handler, int) and handler == _signal.SIG_DFL

    def getsignal(signalnum):
        handler = plain_getsignal(signalnum)
        if handler is not None and not is_default(handler):
            return handler
        found = doing(signalnum)
        if found == NODES:
            return node
        if handler is None and found in (DEFAULT, IGNORED):
            # Node's when Python started, and not any more.
            return _signal.SIG_DFL if found == DEFAULT else _signal.SIG_IGN
        return handler

    def set_signal(signalnum, handler):
        previous = getsignal(signalnum)
        # Node may have begun to listen since then.
        doing(signalnum)
        # An event loop that stops listening to SIGINT sets Python's own handler, whatever was there before.
        is_loops = handler is _signal.default_int_handler and getattr(previous, '__module__', None) in LOOPS
        if handler is node or is_default(handler) or is_loops:
            plain_signal(signalnum, _signal.SIG_DFL)
            give_back(signalnum)
        else:
            plain_signal(signalnum, handler)
            take(signalnum)
        return previous

    def begin_child():
        # The descriptor is the parent's too, whose event loop would hear of the child's signals.
        _signal.set_wakeup_fd(-1)
        # As in every program of Python, now that Node does not listen.
        if is_default(getsignal(_signal.SIGINT)):
            set_signal(_signal.SIGINT, _signal.default_int_handler)

    _signal.signal, _signal.getsignal = set_signal, getsignal
    os.register_at_fork(after_in_child=begin_child)
