"""What the other side is told: exceptions and log records."""

import asyncio
import collections
import json
import traceback

APPLICATION_ERROR = 'ERR_ASGI_PYTHON'


class ClientDisconnected(OSError):
    """The client has left: nothing that is sent reaches it any more."""


# The host's own exceptions, which say by their code what they are.
OWN_ERRORS = [
    each
    for each in list(globals().values())
    if isinstance(each, type) and issubclass(each, Exception) and isinstance(getattr(each, 'code', None), str)
]

# How far the causes of an exception are followed.
MOST_CAUSES = 50

# What Python prints between an exception and the one that came of it.
CAUSED = '\nThe above exception was the direct cause of the following exception:\n\n'
MEANWHILE = '\nDuring handling of the above exception, another exception occurred:\n\n'


def describe(error, in_detail=False):
    """An exception as JSON for the other side: its code, type, message, traceback, frames and causes."""
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
    """The same with what the page of errors shows: source and variables."""
    return describe(error, in_detail=True)


def described(error, in_detail):
    """One exception, without its causes."""
    # Not by attributes: the class may refuse to be asked.
    name = type.__dict__['__name__'].__get__(type(error))
    own = next((each for each in OWN_ERRORS if each is type(error)), None)
    if own is not None:
        code, text = own.code, getattr(own, 'prefix', '') + str(error)
    else:
        code, text = APPLICATION_ERROR, f'Python error: {name}: {text_of(error)}'
    shown = {'code': code, 'message': text, 'pythonType': name, 'pythonTraceback': traceback_of(error, name)}
    try:
        shown['frames'] = frames_of(error, in_detail)
    except Exception:
        # A class that does not let itself be asked: its traceback has to do.
        shown['frames'] = []
    return shown


def traceback_of(error, name):
    """Its traceback as Python prints it, without its causes."""
    # The frames of this file are not the application's.
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_globals is globals():
        trace = trace.tb_next
    try:
        return ''.join(traceback.format_exception(type(error), error, trace or error.__traceback__, chain=False))
    except BaseException:
        # Its class or its text does not let itself be shown.
        return ''.join(traceback.format_tb(trace)) + f'{name}: {text_of(error)}\n'


def causes_of(error, with_suppressed=False):
    """What an exception came from, as Python tells it: the cause, or the one that was handled then."""
    seen = {id(error)}
    for _ in range(MOST_CAUSES):
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


def message_of(thing):
    """What an application gives for a message to people, as text that UTF-8 can hold."""
    text = '' if thing is None else text_of(thing)
    return str.encode(text, 'utf-8', 'backslashreplace').decode()


def is_disconnection(error):
    """Whether an exception is there because the client left: it, or what it came from, is ClientDisconnected."""
    origins = (error, *causes_of(error, with_suppressed=True))
    return any(isinstance(each, (ClientDisconnected, asyncio.CancelledError)) for each in origins)


def simple(code, message):
    """An error of the host's own as JSON."""
    return json.dumps({'code': code, 'message': message})


def warn(message):
    """Tells the application's author, through the logger that people who know ASGI servers look at."""
    import logging

    logging.getLogger('python_node').error(message)


# What takes log records, one a loop.
CAPTURES = []


class Capture:
    """Takes the log records that belong to one event loop."""

    def __init__(self, loop, exchange, deliver, note):
        self.loop = loop
        self.exchange = exchange
        self.deliver = deliver
        self.note = note
        self.waiting = collections.deque()

    def take(self, entry):
        if asyncio._get_running_loop() is self.loop:
            self.deliver(self.exchange.get(), entry)
        elif not self.loop.is_closed():
            self.waiting.append((self.exchange.get(), entry))
            self.note()
            self.loop.call_soon_threadsafe(self.deliver_waiting)

    def deliver_waiting(self):
        while self.waiting:
            self.deliver(*self.waiting.popleft())


def capture_logs(loop, exchange, deliver, note):
    """Hands each record that is logged for a loop to `deliver(exchange, json)`, on the event loop's thread.

    What other threads log waits for the loop's turn, or for whoever calls the function returned; they call `note()` for it.
    `exchange` is the context variable that says whose requests the code belongs to; what belongs to none is the first loop's.

    Behind the loggers' own handlers, and not as a handler: `logging.basicConfig` does nothing where there is one.
    """
    capture = Capture(loop, exchange, deliver, note)
    CAPTURES.append(capture)
    if len(CAPTURES) == 1:
        import logging

        plain = logging.Logger.callHandlers

        def call_handlers(self, record):
            plain(self, record)
            capture_of_context().take(log_entry(record))

        logging.Logger.callHandlers = call_handlers
    return capture.deliver_waiting


def capture_of_context():
    """That of the loop which runs here, or else of the loop whose request the code belongs to."""
    if len(CAPTURES) > 1:
        running = asyncio._get_running_loop()
        for capture in CAPTURES:
            if capture.loop is running:
                return capture
        for capture in CAPTURES:
            if capture.exchange.get() is not None:
                return capture
    return CAPTURES[0]


def said_in(record):
    """Its message with its arguments."""
    try:
        return record.getMessage()
    except Exception as error:
        # A wrong format: logging's own handlers say so; the record is still worth having.
        return f'{text_of(record.msg)} ({type(error).__name__}: {text_of(error)})'


def log_entry(record):
    """A record as JSON: level, logger, message with the traceback of its exception, seconds since 1970."""
    import logging

    message = said_in(record)
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
