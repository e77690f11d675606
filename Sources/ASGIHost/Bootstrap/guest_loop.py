"""Runs an asyncio event loop inside another event loop on the same thread, which does the waiting."""

import asyncio
import sys
import threading

from .errors import CannotHost

# Seconds after which a busy thread must hand over the GIL. Node's event loop waits that long whenever it enters Python,
# and Python's default of 5 ms would delay each turn (measured: test/bench).
SWITCH_INTERVAL = 0.0005


class GuestLoop:
    """Runs asyncio's selector loop one iteration at a time, on CPython 3.8 to 3.15.

    The host polls `descriptor` until the first timer in `loop._scheduled` is due, or not at all while `loop._ready` has
    callbacks. It then calls `run_once`, which does not block. Together they do what `run_forever` does.
    """

    def __init__(self, loop):
        parts = ('_selector', '_ready', '_scheduled', '_run_once')
        if not isinstance(loop, asyncio.SelectorEventLoop) or not all(hasattr(loop, part) for part in parts):
            name = f'{type(loop).__module__}.{type(loop).__qualname__}'
            raise CannotHost(f"Invalid option 'loop': thread 'node' needs asyncio's own selector loop, got {name}")
        self.loop = loop
        self.run_once = loop._run_once
        self.ready = loop._ready
        self.descriptor = loop._selector.fileno()
        self.plain_select = loop._selector.select
        # Set by the host: whether `descriptor` has events, and how many seconds the next select() may block.
        self.is_readable = True
        self.poll_timeout = 0.0

    def select(self, timeout=None):
        """Replaces the selector's method: makes the system call only if there are events or it may block."""
        if self.poll_timeout > 0.0:
            return self.plain_select(self.poll_timeout if timeout is None else min(timeout, self.poll_timeout))
        if not self.is_readable:
            return ()
        self.is_readable = False
        return self.plain_select(0)

    def begin(self):
        """Does what `run_forever` does before its first iteration."""
        loop = self.loop
        loop._selector.select = self.select
        if hasattr(loop, '_run_forever_setup'):
            # From Python 3.13 on, documented for loops that run inside others.
            loop._run_forever_setup()
        else:
            loop._check_closed()
            loop._set_coroutine_origin_tracking(loop._debug)
            loop._thread_id = threading.get_ident()
            self.hooks = sys.get_asyncgen_hooks()
            sys.set_asyncgen_hooks(firstiter=loop._asyncgen_firstiter_hook, finalizer=loop._asyncgen_finalizer_hook)
            asyncio._set_running_loop(loop)
        sys.setswitchinterval(min(sys.getswitchinterval(), SWITCH_INTERVAL))

    def end(self):
        """Does what `run_forever` does after its last iteration, so that another thread can run the loop."""
        loop = self.loop
        del loop._selector.select
        if hasattr(loop, '_run_forever_cleanup'):
            loop._run_forever_cleanup()
        else:
            loop._stopping = False
            loop._thread_id = None
            asyncio._set_running_loop(None)
            loop._set_coroutine_origin_tracking(False)
            sys.set_asyncgen_hooks(*self.hooks)
