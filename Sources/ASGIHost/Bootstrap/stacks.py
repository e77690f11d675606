"""The stacks of other threads."""

import re
import sys
import tempfile
import threading
import traceback

from .loops import has_gil

THREAD = re.compile(r'(?:Current thread|Thread) 0x([0-9a-f]+)')
FRAME = re.compile(r'  File "(.*)", line (\d+) in (.*)')


def stacks_of_threads():
    """The stack of each thread by its number, as summaries of its frames, the outermost first.

    Without a GIL it is not safe to read the frames of a running thread: Python may crash. faulthandler stops all
    threads while it reads them.
    """
    if not has_gil():
        return written_stacks()
    frames = sys._current_frames()
    # The dict is a local of this frame: a reference cycle until the next garbage collection.
    del frames[threading.get_ident()]
    return {number: stack_of(frame) for number, frame in frames.items()}


def stack_of(frame):
    stack = traceback.StackSummary.extract(traceback.walk_stack(frame), lookup_lines=False)
    stack.reverse()
    return stack


def written_stacks():
    """The same from the text of faulthandler: at most a hundred threads, and the hundred innermost frames of each."""
    import faulthandler

    with tempfile.TemporaryFile() as file:
        faulthandler.dump_traceback(file)
        file.seek(0)
        # It escapes characters that are not ASCII.
        text = file.read().decode('unicode_escape', 'replace')
    stacks = {}
    for line in text.splitlines():
        thread, frame = THREAD.match(line), FRAME.match(line)
        if thread:
            stack = stacks[int(thread[1], 16)] = traceback.StackSummary()
        elif frame:
            # The innermost is written first.
            stack.insert(0, traceback.FrameSummary(frame[1], int(frame[2]), frame[3]))
    return stacks
