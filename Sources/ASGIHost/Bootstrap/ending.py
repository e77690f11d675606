"""The end of the last application and of the process: waits for threads and processes, then ends what still runs."""

import atexit
import sys
import threading
import time

from .stacks import stacks_of_threads

# Seconds that threads and child processes of applications have to finish at the end of the process.
SHUTDOWN_GRACE = 0.5

# Seconds between two checks for running threads.
POLL_INTERVAL = 0.02


def finish():
    """Does what Python does at the end of a program, except for ending the process."""
    deadline = time.monotonic() + SHUTDOWN_GRACE
    end_processes(deadline)
    while threads_work() and time.monotonic() < deadline:
        time.sleep(POLL_INTERVAL)
    pools = sys.modules.get('concurrent.futures.thread')
    if pools is not None:
        # Python 3.8 registers it with atexit, where it would wait without a limit.
        atexit.unregister(pools._python_exit)
    atexit._run_exitfuncs()
    flush_streams()


def end_processes(deadline):
    """Ends the processes of `multiprocessing`, whose own exit function would wait for them without a limit."""
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
            # The stream is None, closed, or its reader is gone: there is nowhere left to report it.
            continue


def when_threads_end(loop, milliseconds, done):
    """Calls `done()` once no thread is busy, or after a time limit. Returns False, without a call, if none is now."""
    deadline = loop.time() + milliseconds / 1000

    def check():
        if threads_work() and loop.time() < deadline:
            loop.call_later(POLL_INTERVAL, check)
        else:
            done()

    if milliseconds <= 0 or not threads_work():
        return False
    loop.call_later(POLL_INTERVAL, check)
    return True


def threads_work():
    """Whether a thread is busy with work that Python waits for at the end of a program."""
    pools = sys.modules.get('concurrent.futures.thread')
    # From a copy of its inner dict: iterating a WeakKeyDictionary fails when another thread adds to it meanwhile.
    queues = {} if pools is None else {each(): queue for each, queue in pools._threads_queues.data.copy().items()}
    stacks = stacks_of_threads() if queues else {}
    own = (threading.main_thread(), threading.current_thread())
    for thread in threading.enumerate():
        if thread in own:
            continue
        if thread in queues:
            if not queues[thread].empty() or is_inside(stacks.get(thread.ident, ()), pools._WorkItem.run.__code__):
                return True
        elif hasattr(thread, 'pending_work_items'):
            # It manages a pool of processes.
            if thread.pending_work_items:
                return True
        # Idle worker threads of anyio wait for their next task; while they run one, a request waits for it.
        elif not thread.daemon and not type(thread).__module__.startswith('anyio.'):
            return True
    return False


def is_inside(stack, code):
    """Whether a stack contains a call of a function."""
    return any(frame.filename == code.co_filename and frame.name == code.co_name for frame in stack)
