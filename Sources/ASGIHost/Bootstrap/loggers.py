"""Python's side of the log of `python-node serve`."""

import json
import sys
import time
import traceback

# What lies below `debug`, as ASGI servers have it.
TRACE = 5

COLOURS = {'debug': 36, 'info': 32, 'warning': 33, 'error': 31, 'critical': 91}


class LogConfigFailure(Exception):
    """A file that configures logging will not do."""

    code = 'ERR_ASGI_INVALID_OPTION'
    prefix = '--log-config: '


def configure_logging(text):
    """Has what apps write to the loggers that they know from uvicorn be seen, or configures logging by a file.

    With JSON everything else that plain logging would write to stdout or stderr as text is lines of JSON, too.

    `text` is JSON: `level`, `format` (`text` or `json`), `colors` (of stdout and of stderr), `access` (whether
    `uvicorn.access` is heard) and `config`, the file or null.
    """
    import logging

    settings = json.loads(text)
    logging.addLevelName(TRACE, 'TRACE')
    if settings['config'] is not None:
        read_log_config(settings['config'])
        return
    level = logging.getLevelName(settings['level'].upper())
    is_json = settings['format'] == 'json'
    if is_json:
        write_json_instead()
    # Set, not added: another server of this process has done the same.
    for name, index, is_heard in [('uvicorn.access', 0, settings['access']), ('uvicorn', 1, True), ('python_node', 1, True)]:
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = False
        logger.setLevel(level)
        if is_heard:
            handler = logging.StreamHandler([sys.stdout, sys.stderr][index])
            handler.setFormatter(LineFormatter(logging.Formatter(), is_json, settings['colors'][index]))
            logger.addHandler(handler)


class LineFormatter:
    """Writes a record as `serve` writes its own lines."""

    def __init__(self, plain, is_json, has_colours):
        self.plain = plain
        self.is_json = is_json
        self.has_colours = has_colours

    def format(self, record):
        if self.is_json:
            return json_line(record)
        # The message, and below it the traceback of an exception.
        text = self.plain.format(record)
        level = record.levelname.lower()
        label = record.levelname
        if self.has_colours and level in COLOURS:
            label = f'\x1b[{COLOURS[level]}m{label}\x1b[0m'
        return f'{label}:{" " * max(1, 9 - len(record.levelname))}{text}'


# What every record has; the rest comes from `extra`.
USUAL_ATTRIBUTES = frozenset(
    'name msg args levelname levelno pathname filename module exc_info exc_text stack_info lineno funcName created msecs '
    'relativeCreated thread threadName process processName taskName message asctime'.split()
)  # fmt: skip


def json_line(record):
    """A record as a line of JSON. Its fields and attributes have the names of OpenTelemetry, where it has one."""
    moment = time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(record.created))
    line = {
        'timestamp': f'{moment}.{int(record.created * 1000) % 1000:03}Z',
        'severityText': record.levelname,
        # 1, 5, 9, 13, 17, 21 for trace, debug, info, …
        'severityNumber': max(1, min(record.levelno, 50) // 10 * 4 + 1),
        'body': said_in(record),
        'instrumentationScope': {'name': record.name},
    }
    attributes = {name: value for name, value in record.__dict__.items() if name not in USUAL_ATTRIBUTES}
    if record.exc_info and record.exc_info[0] is not None:
        attributes.update(exception_attributes(*record.exc_info))
    if record.stack_info:
        attributes['code.stacktrace'] = str(record.stack_info)
    if not attributes:
        return json.dumps(line)
    try:
        # What is no JSON, as a set or an object, is told by its text.
        return json.dumps({**line, 'attributes': attributes}, default=text_of, skipkeys=True, allow_nan=False)
    except (ValueError, RecursionError):
        texts = {name: value if isinstance(value, str) else text_of(value) for name, value in attributes.items()}
        return json.dumps({**line, 'attributes': texts})


def exception_attributes(kind, error, trace):
    name = type.__dict__['__name__'].__get__(kind)
    try:
        stacktrace = ''.join(traceback.format_exception(kind, error, trace)).rstrip()
    except BaseException:
        # Its class or its text does not let itself be shown.
        stacktrace = ''.join(traceback.format_tb(trace)) + name
    return {'exception.type': name, 'exception.message': text_of(error), 'exception.stacktrace': stacktrace}


def write_json_instead():
    """Has what Python says as text on stdout and stderr be lines of JSON: records, warnings, and what threads raise."""
    import logging
    import threading

    if 'format' in logging.StreamHandler.__dict__:
        # Another server of this process has done it.
        return
    plain = logging.StreamHandler.format

    def format_as_json(self, record):
        # A formatter of another class is somebody's choice, as a handler for a file is.
        is_plain = self.formatter is None or type(self.formatter) is logging.Formatter
        if is_plain and self.stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
            return json_line(record)
        return plain(self, record)

    logging.StreamHandler.format = format_as_json
    logging.captureWarnings(True)
    logger = logging.getLogger('python_node')

    def tell_of_thread(args):
        if args.exc_type is not SystemExit:
            name = '' if args.thread is None else args.thread.name
            logger.error('Exception in thread %s', name, exc_info=args[:3])

    def tell_of_unraisable(unraisable):
        message = unraisable.err_msg or 'Exception ignored in'
        exc_info = (unraisable.exc_type, unraisable.exc_value, unraisable.exc_traceback)
        logger.error('%s: %s', message, text_of(unraisable.object), exc_info=exc_info)

    threading.excepthook = tell_of_thread
    sys.unraisablehook = tell_of_unraisable


def read_log_config(file):
    """Configures logging by a file: JSON and YAML as `logging.config.dictConfig` has it, any other as `fileConfig`."""
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
        # Of a wrong value logging says where it is, and its cause says what is wrong with it.
        texts = [f'{type(each).__name__}: {each}' for each in (error, error.__cause__) if each is not None]
        raise LogConfigFailure(' '.join(f'{file}: {"; ".join(texts)}'.split())) from None


def read_yaml(file):
    try:
        import yaml
    except ImportError:
        raise LogConfigFailure(f'{file} is YAML, for which Python needs the package PyYAML') from None
    with open(file, encoding='utf-8') as opened:
        return yaml.safe_load(opened)
