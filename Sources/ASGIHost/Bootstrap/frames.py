"""Frames of exceptions, for the stack of the JavaScript error and for the error page."""

import collections
import importlib
import itertools
import linecache
import os
import reprlib
import types

# Only the innermost frames are kept: an endless recursion has a thousand.
MAX_FRAMES = 100

# How many lines of source are shown before and after a frame's line, and how many characters of each.
CONTEXT_LINES = 4
MAX_LINE_LENGTH = 300

MAX_VARIABLES = 50

IMPORT_FILES = ('<frozen importlib.', importlib.__file__)
LIBRARY_FOLDERS = (
    os.path.dirname(os.__file__) + os.sep,
    f'{os.sep}site-packages{os.sep}',
    f'{os.sep}dist-packages{os.sep}',
)

SHORT = reprlib.Repr()
SHORT.maxstring = SHORT.maxother = 300
SHORT.maxlist = SHORT.maxtuple = SHORT.maxdict = SHORT.maxset = SHORT.maxfrozenset = 20


def frames_of(error, in_detail):
    """Frames as `[function, file, line, column]`, the innermost first, without those of the host and the import system.

    With `in_detail` four more items follow: the number of the first source line shown; the lines; the variables, or
    None (shown for the innermost frame, and for the application's innermost one); and whether it is the application's.
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
    """The traceback's frames with line and instruction, the outermost first, without those of the host and imports."""
    traces = collections.deque(maxlen=MAX_FRAMES)
    trace = error.__traceback__
    while trace is not None:
        frame = trace.tb_frame
        if not is_host_frame(frame) and not frame.f_code.co_filename.startswith(IMPORT_FILES):
            traces.append((frame, trace.tb_lineno, trace.tb_lasti))
        trace = trace.tb_next
    return traces


def is_host_frame(frame):
    """Whether a frame belongs to this package."""
    return frame.f_globals.get('__package__') == __package__


def place_of(frame, line, instruction):
    code = frame.f_code
    column = None
    # Python 3.11 and later have columns.
    if line is not None and hasattr(code, 'co_positions'):
        column = next(itertools.islice(code.co_positions(), instruction // 2, None), (None,) * 4)[2]
    return [code.co_name, code.co_filename, line or 1, 1 if column is None else column + 1]


def place_of_syntax(error):
    """The place that a SyntaxError names. It has no frame, because the code never ran."""
    file, line, column = error.filename, error.lineno, error.offset
    if not isinstance(file, str) or not isinstance(line, int):
        return None
    return ['', file, line, column if isinstance(column, int) and column > 0 else 1]


def is_own(file):
    """Whether a file belongs to the application, not to a library."""
    return not file.startswith('<') and not any(each in file for each in LIBRARY_FOLDERS)


def lines_near(place, module):
    """The source lines around a place, after the number of the first one."""
    _, file, line, _ = place
    # The file may have changed since it was cached.
    linecache.checkcache(file)
    lines = linecache.getlines(file, module)
    first = max(1, line - CONTEXT_LINES)
    return first, [each.rstrip('\n')[:MAX_LINE_LENGTH] for each in lines[first - 1 : line + CONTEXT_LINES]]


def variables_of(frame):
    """A frame's variables as names and short texts, without modules and names like `__file__`."""
    shown = []
    for name, value in list(frame.f_locals.items()):
        if name.startswith('__') or isinstance(value, types.ModuleType):
            continue
        if len(shown) == MAX_VARIABLES:
            break
        try:
            text = SHORT.repr(value)
        except BaseException as broken:
            text = f'<no text: {type(broken).__name__} in __repr__>'
        shown.append([name, text[:1000]])
    return shown
