"""What the other side is told: exceptions and log records."""

import asyncio
import contextvars

APPLICATION_ERROR = 'ERR_ASGI_PYTHON'


class ClientDisconnected(OSError):
    """The client has left: nothing that is sent reaches it any more."""


def describe(error):
    """An exception as JSON for the other side: its code, type, message, traceback and causes."""
    import json

    return json.dumps(described(error, set()))


def described(error, seen):
    import traceback

    seen.add(id(error))
    name = type(error).__name__
    code = getattr(type(error), 'code', None)
    if type(error).__module__ == __name__ and isinstance(code, str):
        text = getattr(type(error), 'prefix', '') + str(error)
    else:
        code, text = APPLICATION_ERROR, f'Python error: {name}: {text_of(error)}'
    # The frames of this file are not the application's.
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_globals is globals():
        trace = trace.tb_next
    lines = traceback.format_exception(type(error), error, trace or error.__traceback__)
    answer = {'code': code, 'message': text, 'pythonType': name, 'pythonTraceback': ''.join(lines)}
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and id(cause) not in seen:
        answer['cause'] = described(cause, seen)
    return answer


def text_of(error):
    try:
        return str(error)
    except Exception as broken:
        return f'<no text: {type(broken).__name__} in __str__>'


def is_disconnection(error):
    """Whether an exception is there because the client left: it, or what it came from, is ClientDisconnected."""
    seen = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, (ClientDisconnected, asyncio.CancelledError)):
            return True
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return False


def simple(code, message):
    """An error of the host's own as JSON."""
    import json

    return json.dumps({'code': code, 'message': message})


def warn(message):
    """Tells the application's author, through the logger that people who know ASGI servers look at."""
    import logging

    logging.getLogger('python_node').error(message)


# The exchange that the current context belongs to: set for each request before its task copies the context.
EXCHANGE = contextvars.ContextVar('python_node.exchange', default=None)


def capture_logs(loop, deliver):
    """Hands each record that is logged anywhere to `deliver(exchange, json)`, on the event loop's thread.

    Behind the loggers' own handlers, and not as a handler: `logging.basicConfig` does nothing where there is one.
    """
    import logging

    plain = logging.Logger.callHandlers

    def call_handlers(self, record):
        plain(self, record)
        entry = log_entry(record)
        if asyncio._get_running_loop() is loop:
            deliver(EXCHANGE.get(), entry)
        elif not loop.is_closed():
            loop.call_soon_threadsafe(deliver, EXCHANGE.get(), entry)

    logging.Logger.callHandlers = call_handlers


def log_entry(record):
    """A record as JSON: level, logger, message with the traceback of its exception, seconds since 1970."""
    import json
    import logging
    import traceback

    try:
        message = record.getMessage()
    except Exception as error:
        # A wrong format: logging's own handlers have said so; the record is still worth having.
        message = f'{record.msg} ({type(error).__name__}: {text_of(error)})'
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
