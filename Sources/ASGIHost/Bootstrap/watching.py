"""Watches the event loop from a thread beside it: how late it is, and where it stands when somebody blocks it."""

import os
import sys
import threading

# Seconds between beats, and after how many without an answer the loop counts as blocked.
BEAT = 0.5
BLOCKED = 1.0


def watch(loop, note):
    """Has the loop answer a beat now and then; `note(is_answered)` is called when one is sent and when it is answered."""
    if os.environ.get('PYTHON_NODE_WATCH') != '0':
        threading.Thread(target=Watch(loop, note).run, name='python-node-watch', daemon=True).start()


class Watch:
    def __init__(self, loop, note):
        self.loop = loop
        self.note = note
        self.answered = threading.Event()
        # Where the loop runs: a hosted one may move to another thread.
        self.thread = threading.get_ident()

    def run(self):
        pause = threading.Event()
        while True:
            pause.wait(BEAT)
            self.answered.clear()
            self.note(False)
            try:
                self.loop.call_soon_threadsafe(self.answer)
            except RuntimeError:
                # The loop was closed.
                return
            if not self.answered.wait(BLOCKED):
                self.report()
                self.answered.wait()

    def answer(self):
        self.thread = threading.get_ident()
        self.note(True)
        self.answered.set()

    def report(self):
        frame = sys._current_frames().get(self.thread)
        # None: it is not Python that keeps the thread.
        stack = [] if frame is None else stack_of(frame)
        if stack:
            import logging

            text = 'The event loop has been blocked for %g s; everybody waits for this:\n%s'
            logging.getLogger('python_node').warning(text, BLOCKED, ''.join(stack).rstrip())


def stack_of(frame):
    """A thread's stack as text, from the outermost frame that is not the loop's own; none while an app is imported."""
    import asyncio
    import traceback

    own = (os.path.dirname(asyncio.__file__) + os.sep, '<python-node/')
    frames = traceback.extract_stack(frame)
    # Whoever makes a handler waits for the import, and knows.
    if any(each.filename == '<python-node/importing.py>' for each in frames):
        return []
    while frames and frames[0].filename.startswith(own):
        del frames[0]
    return traceback.format_list(frames)
