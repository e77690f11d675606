"""Describes exceptions and log records for JavaScript."""

import asyncio
import collections
import json
import logging
import traceback

from .errors import WITH_CODES, ClientDisconnected
from .frames import frames_of, is_host_frame

APPLICATION_ERROR = 'ERR_ASGI_PYTHON'

# How many causes of an exception are reported.
MAX_CAUSES = 50

# Texts that Python prints between the traceback of a cause and that of its exception.
CAUSED = '\nThe above exception was the direct cause of the following exception:\n\n'
MEANWHILE = '\nDuring handling of the above exception, another exception occurred:\n\n'


def describe(error, in_detail=False):
    """An exception as JSON: its code, type, message, traceback, frames and causes."""
    whole = last = described(error, in_detail)
    text = whole['pythonTraceback']
    for cause in causes_of(error):
        last['cause'] = described(cause, in_detail)
        last = last['cause']
        text = last['pythonTraceback'] + (MEANWHILE if error.__cause__ is None else CAUSED) + text
        error = cause
    whole['pythonTraceback'] = text
    return json.dumps(whole)


def describe_in_detail(error):
    """The same with source lines and variables, for the error page."""
    return describe(error, in_detail=True)


def described(error, in_detail):
    """One exception, without its causes."""
    # Not type(error).__name__, which a metaclass can break.
    name = type.__dict__['__name__'].__get__(type(error))
    own = next((each for each in WITH_CODES if each is type(error)), None)
    if own is not None:
        code, text = own.code, getattr(own, 'prefix', '') + str(error)
    else:
        code, text = APPLICATION_ERROR, f'Python error: {name}: {text_of(error)}'
    shown = {'code': code, 'message': text, 'pythonType': name, 'pythonTraceback': traceback_of(error, name)}
    try:
        shown['frames'] = frames_of(error, in_detail)
    except Exception:
        # The class is broken; the text of the traceback has to do.
        shown['frames'] = []
    return shown


def traceback_of(error, name):
    """The traceback as Python prints it, without causes and without the host's outermost frames."""
    trace = error.__traceback__
    while trace is not None and is_host_frame(trace.tb_frame):
        trace = trace.tb_next
    try:
        return ''.join(traceback.format_exception(type(error), error, trace or error.__traceback__, chain=False))
    except BaseException:
        # The exception's class or __str__ is broken.
        return ''.join(traceback.format_tb(trace)) + f'{name}: {text_of(error)}\n'


def causes_of(error, with_suppressed=False):
    """The chain of causes that Python prints: each `__cause__`, or else `__context__` unless it is suppressed."""
    seen = {id(error)}
    for _ in range(MAX_CAUSES):
        cause = error.__cause__
        if cause is None and (with_suppressed or not error.__suppress_context__):
            cause = error.__context__
        if cause is None or id(cause) in seen:
            return
        seen.add(id(cause))
        yield cause
        error = cause


def text_of(error):
    try:
        return str(error)
    except BaseException as broken:
        return f'<no text: {type(broken).__name__} in __str__>'


def message_of(value):
    """The text of a message that an application sent, such as a lifespan failure, so that UTF-8 can encode it."""
    text = '' if value is None else text_of(value)
    return str.encode(text, 'utf-8', 'backslashreplace').decode()


def is_disconnection(error):
    """Whether an exception, or one of its causes, was raised because the client disconnected."""
    origins = (error, *causes_of(error, with_suppressed=True))
    return any(isinstance(each, (ClientDisconnected, asyncio.CancelledError)) for each in origins)


def simple(code, message):
    """One of the host's own errors as JSON."""
    return json.dumps({'code': code, 'message': message})


def warn(message):
    """Logs a mistake that an application made."""
    logging.getLogger('python_node').error(message)


# One for each event loop.
CAPTURES = []


class Capture:
    """Collects the log records that belong to one event loop."""

    def __init__(self, loop, exchange, deliver, announce):
        self.loop = loop
        self.exchange = exchange
        self.deliver = deliver
        self.announce = announce
        self.waiting = collections.deque()

    def add(self, entry):
        if asyncio._get_running_loop() is self.loop:
            self.deliver(self.exchange.get(), entry)
        elif not self.loop.is_closed():
            self.waiting.append((self.exchange.get(), entry))
            self.announce()
            self.loop.call_soon_threadsafe(self.deliver_waiting)

    def deliver_waiting(self):
        while self.waiting:
            self.deliver(*self.waiting.popleft())


def capture_logs(loop, exchange, deliver, announce):
    """Calls `deliver(exchange, json)` for each log record, on the thread of the event loop that it belongs to.

    Records of other threads wait for the loop's next turn, or for a call of the returned function; `announce()` reports
    them. `exchange` is the loop's context variable for the current exchange. Records outside any exchange go to the
    first loop.

    It runs after the loggers' own handlers. It is no handler itself, because then `logging.basicConfig` would do
    nothing.
    """
    capture = Capture(loop, exchange, deliver, announce)
    CAPTURES.append(capture)
    if len(CAPTURES) == 1:
        plain = logging.Logger.callHandlers

        def call_handlers(self, record):
            plain(self, record)
            current_capture().add(log_entry(record))

        logging.Logger.callHandlers = call_handlers
    return capture.deliver_waiting


def current_capture():
    """The capture of the loop that runs in this thread, or else of the loop whose request the code belongs to."""
    if len(CAPTURES) > 1:
        running = asyncio._get_running_loop()
        for capture in CAPTURES:
            if capture.loop is running:
                return capture
        for capture in CAPTURES:
            if capture.exchange.get() is not None:
                return capture
    return CAPTURES[0]


def message_of_record(record):
    """The formatted message."""
    try:
        return record.getMessage()
    except Exception as error:
        # The arguments do not fit the format. Logging's own handlers report that; the record is kept anyway.
        return f'{text_of(record.msg)} ({type(error).__name__}: {text_of(error)})'


def log_entry(record):
    """A record as JSON: level, logger, message with the traceback of its exception, seconds since 1970."""
    message = message_of_record(record)
    if record.exc_info and record.exc_info[0] is not None:
        message += '\n' + ''.join(traceback.format_exception(*record.exc_info)).rstrip()
    entry = {
        'log': {
            'level': logging.getLevelName(record.levelno),
            'logger': record.name,
            'message': message,
            'time': record.created,
        }
    }
    return json.dumps(entry)
