"""Where an exception was raised: for the stack of the other side's error, and for the page that shows it."""

import collections
import importlib
import itertools
import linecache
import os
import reprlib
import types

# The innermost ones: of an endless recursion there are a thousand.
MOST_FRAMES = 100

# Lines of source that are shown before and after the one of a frame, and how many characters of each.
NEAR_LINES = 4
LONGEST_LINE = 300

MOST_VARIABLES = 50

IMPORT_FILES = ('<frozen importlib.', importlib.__file__)
LIBRARY_FOLDERS = (os.path.dirname(os.__file__) + os.sep, f'{os.sep}site-packages{os.sep}', f'{os.sep}dist-packages{os.sep}')

SHORT = reprlib.Repr()
SHORT.maxstring = SHORT.maxother = 300
SHORT.maxlist = SHORT.maxtuple = SHORT.maxdict = SHORT.maxset = SHORT.maxfrozenset = 20


def frames_of(error, in_detail):
    """Its frames as `[function, file, line, column]`, the innermost first, without those of the host and of imports.

    In detail each goes on with the number of the first line that is shown of its file, these lines, its variables (of the
    innermost one, and of the innermost one that is the application's own; else None), and whether it is its own.
    """
    syntax = place_of_syntax(error) if isinstance(error, SyntaxError) else None
    traces = list(reversed(traces_of(error)))
    places = [place_of(*each) for each in traces]
    if in_detail:
        own = next((index for index, place in enumerate(places) if is_own(place[1])), 0)
        for index, (place, (frame, *_)) in enumerate(zip(places, traces)):
            variables = variables_of(frame) if index in (0, own) and syntax is None else None
            place += [*lines_near(place, frame.f_globals), variables, is_own(place[1])]
    if syntax is not None:
        if in_detail:
            syntax += [*lines_near(syntax, None), None, True]
        places.insert(0, syntax)
    return places


def traces_of(error):
    """The frames of its traceback with their positions, the outermost first, without those of the host and of imports."""
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


def is_own(file):
    """Whether a file is the application's, and not that of a library."""
    return not file.startswith('<') and not any(each in file for each in LIBRARY_FOLDERS)


def lines_near(place, module):
    """The number of the first line near a place, and the lines."""
    _, file, line, _ = place
    # It may have changed since another exception was shown.
    linecache.checkcache(file)
    lines = linecache.getlines(file, module)
    first = max(1, line - NEAR_LINES)
    return first, [each.rstrip('\n')[:LONGEST_LINE] for each in lines[first - 1 : line + NEAR_LINES]]


def variables_of(frame):
    """Names and short texts of a frame's variables, but for what a module has of itself."""
    shown = []
    for name, value in list(frame.f_locals.items()):
        if name.startswith('__') or isinstance(value, types.ModuleType):
            continue
        if len(shown) == MOST_VARIABLES:
            break
        try:
            text = SHORT.repr(value)
        except BaseException as broken:
            text = f'<no text: {type(broken).__name__} in __repr__>'
        shown.append([name, text[:1000]])
    return shown
