"""Watches an event loop from a thread: measures its lag, and logs where it is blocked."""

import asyncio
import logging
import os
import threading
import traceback

from .stacks import stacks_of_threads

# Seconds between two heartbeats, and how long one may go unanswered before the loop counts as blocked.
HEARTBEAT_INTERVAL = 0.5
BLOCKED_AFTER = 1.0

# The prefix of the file names of this package's code.
EMBEDDED = '<python-node/'


def watch(loop, note):
    """Starts the thread. It calls `note(False)` when it sends a heartbeat; the loop calls `note(True)` to answer it."""
    if os.environ.get('PYTHON_NODE_WATCH') != '0':
        threading.Thread(target=Watch(loop, note).run, name='python-node-watch', daemon=True).start()


class Watch:
    def __init__(self, loop, note):
        self.loop = loop
        self.note = note
        self.answered = threading.Event()
        # The loop's thread. A guest loop may move to another one.
        self.thread = threading.get_ident()

    def run(self):
        pause = threading.Event()
        while True:
            pause.wait(HEARTBEAT_INTERVAL)
            self.answered.clear()
            self.note(False)
            try:
                self.loop.call_soon_threadsafe(self.answer)
            except RuntimeError:
                # The loop was closed.
                return
            if not self.answered.wait(BLOCKED_AFTER):
                self.report()
                self.answered.wait()

    def answer(self):
        self.thread = threading.get_ident()
        self.note(True)
        self.answered.set()

    def report(self):
        # The thread has no stack if it runs no Python code: something else blocks it.
        stack = text_of_stack(stacks_of_threads().get(self.thread, []))
        if stack:
            text = 'The event loop has been blocked for %g s, and every request waits for this code:\n%s'
            logging.getLogger('python_node').warning(text, BLOCKED_AFTER, stack)


def text_of_stack(frames):
    """A stack without the outer frames of asyncio and the host; empty while an application is imported."""
    # The program that makes a handler waits for the import anyway.
    if any(each.filename == f'{EMBEDDED}importing.py>' for each in frames):
        return ''
    while frames and frames[0].filename.startswith((os.path.dirname(asyncio.__file__) + os.sep, EMBEDDED)):
        del frames[0]
    return ''.join(traceback.format_list(frames)).rstrip()
