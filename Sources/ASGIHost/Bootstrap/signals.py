"""Signals, which Node and Python both listen to."""


def share_signals(keep, restore):
    """Has Node hear a signal again when Python listens to it no more: libuv installs its handler once and not again.

    Before an event loop is imported, which may keep `signal.signal` for itself.
    """
    import functools
    import signal

    plain = signal.signal
    taken = set()

    @functools.wraps(plain)
    def set_handler(signalnum, handler):
        # From Python's own, or what was there before it: Node's.
        if signalnum not in taken and signal.getsignal(signalnum) in (signal.SIG_DFL, None):
            keep(signalnum)
            taken.add(signalnum)
        previous = plain(signalnum, handler)
        if handler == signal.SIG_DFL:
            restore(signalnum)
            taken.discard(signalnum)
        return previous

    signal.signal = set_handler
