"""An event loop that takes turns on a thread whose own event loop does the waiting."""

import asyncio
import sys
import threading

# Seconds after which a thread that computes is asked for the GIL. Whoever hosts the loop waits that long to enter, and
# 5 ms, the default, is what it would then be late by each time (measured: 3.2 ms at the median, 0.2 ms with this).
SWITCH_INTERVAL = 0.0005


class CannotHost(ValueError):
    """This event loop does its waiting itself."""

    code = 'ERR_ASGI_INVALID_OPTION'


class Hosting:
    """What lets asyncio's selector loop be run callback by callback, on CPython 3.8 to 3.15.

    The host waits on `descriptor`, for the time of the first of `loop._scheduled`, and not at all while `loop._ready`
    has something; then it calls `run_once`, which does not wait. It is what `run_forever` does, from outside.
    """

    def __init__(self, loop):
        parts = ('_selector', '_ready', '_scheduled', '_run_once')
        if not isinstance(loop, asyncio.SelectorEventLoop) or not all(hasattr(loop, part) for part in parts):
            name = f'{type(loop).__module__}.{type(loop).__qualname__}'
            raise CannotHost(f"Invalid option 'loop': thread 'node' hosts asyncio's own selector loop, not {name}")
        self.loop = loop
        self.run_once = loop._run_once
        self.ready = loop._ready
        self.descriptor = loop._selector.fileno()
        self.plain_select = loop._selector.select
        self.is_readable = True
        self.patience = 0.0

    def select(self, timeout=None):
        """Stands in for the selector's: asks the system only when there is something, or when it may wait."""
        if self.patience > 0.0:
            return self.plain_select(self.patience if timeout is None else min(timeout, self.patience))
        if not self.is_readable:
            return ()
        self.is_readable = False
        return self.plain_select(0)

    def begin(self):
        """Does what `run_forever` does before its first turn."""
        loop = self.loop
        loop._selector.select = self.select
        if hasattr(loop, '_run_forever_setup'):
            # 3.13 documents it for loops that others host.
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
        """Does what `run_forever` does behind its last turn: another thread may run the loop now."""
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
