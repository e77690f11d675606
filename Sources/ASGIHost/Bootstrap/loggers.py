"""Configures Python's logging for `python-node serve`."""

import json
import logging
import sys
import threading
import time
import traceback

from .errors import LogConfigFailure
from .reporting import message_of_record, text_of

# The level below `debug` that other ASGI servers have.
TRACE = 5

COLOURS = {'debug': 36, 'info': 32, 'warning': 33, 'error': 31, 'critical': 91}


def configure_logging(text):
    """Sets up the loggers `uvicorn`, `uvicorn.access` and `python_node`, or configures logging from a file.

    In the format `json`, other text that logging would write to stdout or stderr becomes JSON lines, too.

    `text` is JSON: `level`, `format` (`text` or `json`), `colors` (whether stdout and stderr are coloured), `access`
    (whether `uvicorn.access` writes its records) and `config`, the file or null.
    """
    settings = json.loads(text)
    logging.addLevelName(TRACE, 'TRACE')
    if settings['config'] is not None:
        read_log_config(settings['config'])
        return
    level = logging.getLevelName(settings['level'].upper())
    is_json = settings['format'] == 'json'
    if is_json:
        replace_text_by_json()
    # Existing handlers are replaced: they are from another server in this process.
    loggers = [('uvicorn.access', 0, settings['access']), ('uvicorn', 1, True), ('python_node', 1, True)]
    for name, index, is_enabled in loggers:
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = False
        logger.setLevel(level)
        if is_enabled:
            handler = logging.StreamHandler([sys.stdout, sys.stderr][index])
            handler.setFormatter(LineFormatter(logging.Formatter(), is_json, settings['colors'][index]))
            logger.addHandler(handler)


class LineFormatter:
    """Formats a record like the lines of `serve` itself."""

    def __init__(self, plain, is_json, has_colours):
        self.plain = plain
        self.is_json = is_json
        self.has_colours = has_colours

    def format(self, record):
        if self.is_json:
            return json_line(record)
        # The message, followed by the traceback if there is an exception.
        text = self.plain.format(record)
        level = record.levelname.lower()
        label = record.levelname
        if self.has_colours and level in COLOURS:
            label = f'\x1b[{COLOURS[level]}m{label}\x1b[0m'
        return f'{label}:{" " * max(1, 9 - len(record.levelname))}{text}'


# The attributes of every record; others come from `extra`.
STANDARD_ATTRIBUTES = frozenset(
    'name msg args levelname levelno pathname filename module exc_info exc_text stack_info lineno funcName created '
    'msecs relativeCreated thread threadName process processName taskName message asctime'.split()
)  # fmt: skip


def json_line(record):
    """A record as one line of JSON, with OpenTelemetry's names for fields and attributes where it has them."""
    moment = time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(record.created))
    line = {
        'timestamp': f'{moment}.{int(record.created * 1000) % 1000:03}Z',
        'severityText': record.levelname,
        # 1, 5, 9, 13, 17, 21 for trace, debug, info, …
        'severityNumber': max(1, min(record.levelno, 50) // 10 * 4 + 1),
        'body': message_of_record(record),
        'instrumentationScope': {'name': record.name},
    }
    attributes = {name: value for name, value in record.__dict__.items() if name not in STANDARD_ATTRIBUTES}
    if record.exc_info and record.exc_info[0] is not None:
        attributes.update(exception_attributes(*record.exc_info))
    if record.stack_info:
        attributes['code.stacktrace'] = str(record.stack_info)
    if not attributes:
        return json.dumps(line)
    try:
        # Values that JSON does not have, such as sets, become text.
        return json.dumps({**line, 'attributes': attributes}, default=text_of, skipkeys=True, allow_nan=False)
    except (ValueError, RecursionError):
        texts = {name: value if isinstance(value, str) else text_of(value) for name, value in attributes.items()}
        return json.dumps({**line, 'attributes': texts})


def exception_attributes(kind, error, trace):
    name = type.__dict__['__name__'].__get__(kind)
    try:
        stacktrace = ''.join(traceback.format_exception(kind, error, trace)).rstrip()
    except BaseException:
        # The exception's class or __str__ is broken.
        stacktrace = ''.join(traceback.format_tb(trace)) + name
    return {'exception.type': name, 'exception.message': text_of(error), 'exception.stacktrace': stacktrace}


def replace_text_by_json():
    """Makes Python write log records, warnings and exceptions of threads to stdout and stderr as JSON lines."""
    if 'format' in logging.StreamHandler.__dict__:
        # Already replaced, for another server in this process.
        return
    plain = logging.StreamHandler.format

    def format_as_json(self, record):
        # The application chose any other formatter or stream itself.
        is_plain = self.formatter is None or type(self.formatter) is logging.Formatter
        if is_plain and self.stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
            return json_line(record)
        return plain(self, record)

    logging.StreamHandler.format = format_as_json
    logging.captureWarnings(True)
    logger = logging.getLogger('python_node')

    def log_thread_exception(args):
        if args.exc_type is not SystemExit:
            name = '' if args.thread is None else args.thread.name
            logger.error('Exception in thread %s', name, exc_info=args[:3])

    def log_unraisable(unraisable):
        message = unraisable.err_msg or 'Exception ignored in'
        exc_info = (unraisable.exc_type, unraisable.exc_value, unraisable.exc_traceback)
        logger.error('%s: %s', message, text_of(unraisable.object), exc_info=exc_info)

    threading.excepthook = log_thread_exception
    sys.unraisablehook = log_unraisable


def read_log_config(file):
    """Configures logging from a file: JSON and YAML with `logging.config.dictConfig`, others with `fileConfig`."""
    import logging.config

    try:
        if file.endswith('.json'):
            with open(file, encoding='utf-8') as opened:
                logging.config.dictConfig(json.load(opened))
        elif file.endswith(('.yaml', '.yml')):
            logging.config.dictConfig(read_yaml(file))
        else:
            logging.config.fileConfig(file, disable_existing_loggers=False)
    except LogConfigFailure:
        raise
    except Exception as error:
        # logging's error says where the mistake is; its cause says what it is.
        texts = [f'{type(each).__name__}: {each}' for each in (error, error.__cause__) if each is not None]
        raise LogConfigFailure(' '.join(f'{file}: {"; ".join(texts)}'.split())) from None


def read_yaml(file):
    try:
        import yaml
    except ImportError:
        raise LogConfigFailure(f'{file}: to read YAML, Python needs the package PyYAML (pip install pyyaml)') from None
    with open(file, encoding='utf-8') as opened:
        return yaml.safe_load(opened)
