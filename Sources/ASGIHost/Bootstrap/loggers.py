"""Python's side of the log of `python-node serve`."""

import json
import sys
import time

# What lies below `debug`, as ASGI servers have it.
TRACE = 5

COLOURS = {'debug': 36, 'info': 32, 'warning': 33, 'error': 31, 'critical': 91}


class LogConfigFailure(Exception):
    """A file that configures logging will not do."""

    code = 'ERR_ASGI_INVALID_OPTION'
    prefix = '--log-config: '


def configure_logging(text):
    """Has what apps write to the loggers that they know from uvicorn be seen, or configures logging by a file.

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
    # Set, not added: another server of this process has done the same.
    for name, index, is_heard in [('uvicorn.access', 0, settings['access']), ('uvicorn', 1, True)]:
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
        # The message, and below it the traceback of an exception.
        text = self.plain.format(record)
        level = record.levelname.lower()
        if self.is_json:
            message = record.getMessage()
            moment = time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(record.created))
            milliseconds = int(record.created * 1000) % 1000
            fields = {'time': f'{moment}.{milliseconds:03}Z', 'level': level, 'message': message, 'logger': record.name}
            if text != message:
                fields['traceback'] = text[len(message) :].lstrip('\n')
            return json.dumps(fields)
        label = record.levelname
        if self.has_colours and level in COLOURS:
            label = f'\x1b[{COLOURS[level]}m{label}\x1b[0m'
        return f'{label}:{" " * max(1, 9 - len(record.levelname))}{text}'


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
