"""Where an exception was raised, for the stack of the other side's error."""

import collections
import importlib
import itertools

# The innermost ones: of an endless recursion there are a thousand.
MOST_FRAMES = 100

IMPORT_FILES = ('<frozen importlib.', importlib.__file__)


def frames_of(error):
    """Its frames as `[function, file, line, column]`, the innermost first, without those of the host and of imports."""
    frames = [place_of_syntax(error)] if isinstance(error, SyntaxError) else []
    frames += [place_of(*each) for each in reversed(traces_of(error))]
    return [each for each in frames if each is not None]


def traces_of(error):
    """The frames of its traceback and their positions, the outermost first, without those of the host and of imports."""
    traces = collections.deque(maxlen=MOST_FRAMES)
    trace = error.__traceback__
    while trace is not None:
        frame = trace.tb_frame
        if frame.f_globals is not globals() and not frame.f_code.co_filename.startswith(IMPORT_FILES):
            traces.append((frame, trace.tb_lineno, trace.tb_lasti))
        trace = trace.tb_next
    return traces


def place_of(frame, line, instruction):
    code = frame.f_code
    column = None
    # From Python 3.11 on.
    if line is not None and hasattr(code, 'co_positions'):
        column = next(itertools.islice(code.co_positions(), instruction // 2, None), (None,) * 4)[2]
    return [code.co_name, code.co_filename, line or 1, 1 if column is None else column + 1]


def place_of_syntax(error):
    """The place that a SyntaxError names: no frame has come to it."""
    file, line, column = error.filename, error.lineno, error.offset
    if not isinstance(file, str) or not isinstance(line, int):
        return None
    return ['', file, line, column if isinstance(column, int) and column > 0 else 1]
