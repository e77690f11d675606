"""The end, of the last application and of the process: what Python programs wait for, and what is left is ended."""

import sys
import threading
import time

# Seconds that threads and processes which an application has started have at the end of the process.
LAST_GRACE = 0.5

# Seconds between two looks at threads that are waited for.
LOOK = 0.02


def finish():
    """What the end of a Python program does for it, without ending: the process does that."""
    import atexit

    deadline = time.monotonic() + LAST_GRACE
    end_processes(deadline)
    while threads_work() and time.monotonic() < deadline:
        time.sleep(LOOK)
    pools = sys.modules.get('concurrent.futures.thread')
    if pools is not None:
        # On Python 3.8 it is among them, and would wait without end.
        atexit.unregister(pools._python_exit)
    atexit._run_exitfuncs()
    flush_streams()


def end_processes(deadline):
    """Ends the processes of `multiprocessing`, for which its own exit function would wait for ever."""
    pools = sys.modules.get('concurrent.futures.process')
    if pools is not None:
        pools._global_shutdown = True
        for thread, wakeup in list(pools._threads_wakeups.items()):
            wakeup.wakeup()
            thread.join(max(0, deadline - time.monotonic()))
    multiprocessing = sys.modules.get('multiprocessing')
    if multiprocessing is not None:
        children = multiprocessing.active_children()
        for child in children:
            child.join(max(0, deadline - time.monotonic()))
        for child in children:
            if child.is_alive():
                child.terminate()


def flush_streams():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            # There is none, it was closed, or its reader is gone: nobody is left to be told.
            continue


def when_threads_end(loop, milliseconds, done):
    """Has `done()` called when no thread works any more, or the time is over; returns whether that is later."""
    deadline = loop.time() + milliseconds / 1000

    def look():
        if threads_work() and loop.time() < deadline:
            loop.call_later(LOOK, look)
        else:
            done()

    if milliseconds <= 0 or not threads_work():
        return False
    loop.call_later(LOOK, look)
    return True


def threads_work():
    """Whether a thread has work for whose end a Python program would wait before its own."""
    pools = sys.modules.get('concurrent.futures.thread')
    queues = {} if pools is None else dict(pools._threads_queues)
    frames = sys._current_frames()
    # This one's would keep itself, and what the threads work with, until the garbage is collected.
    del frames[threading.get_ident()]
    own = (threading.main_thread(), threading.current_thread())
    for thread in threading.enumerate():
        if thread in own:
            continue
        if thread in queues:
            if not queues[thread].empty() or runs(frames.get(thread.ident), pools._WorkItem.run.__code__):
                return True
        elif hasattr(thread, 'pending_work_items'):
            # It manages a pool of processes.
            if thread.pending_work_items:
                return True
        # Those of anyio wait for the next task, and what they do for one a request waits for.
        elif not thread.daemon and not type(thread).__module__.startswith('anyio.'):
            return True
    return False


def runs(frame, code):
    """Whether a thread is inside of a function."""
    while frame is not None and frame.f_code is not code:
        frame = frame.f_back
    return frame is not None
