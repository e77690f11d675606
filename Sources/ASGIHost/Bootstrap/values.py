"""Scopes and events of any protocol as text: JSON, whose arrays begin with what they are, since JSON has no bytes."""

import binascii
import json

# What JavaScript can hold in a number.
LARGEST = 2**53 - 1

# The arrays that JavaScript has: the codes of `struct` by the kind of their items and their size.
ARRAYS = {
    ('int', 1): 'b',
    ('int', 2): 'h',
    ('int', 4): 'i',
    ('int', 8): 'q',
    ('uint', 1): 'B',
    ('uint', 2): 'H',
    ('uint', 4): 'I',
    ('uint', 8): 'Q',
    ('float', 4): 'f',
    ('float', 8): 'd',
}
KINDS = {**dict.fromkeys('bhilqn', 'int'), **dict.fromkeys('BHILQN', 'uint'), 'f': 'float', 'd': 'float'}


def event_to_text(event):
    """An event as text."""
    if not isinstance(event, dict):
        raise TypeError(f"send() expects a dict, got '{type(event).__name__}'")
    return json.dumps(marked(event), separators=(',', ':'))


def marked(value):
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, int):
        return value if -LARGEST <= value <= LARGEST else ['i', format(int(value), 'x')]
    if isinstance(value, float):
        return ['f', float.__repr__(value)] if value != value or value in (float('inf'), float('-inf')) else float(value)
    if isinstance(value, (bytes, bytearray)):
        return ['b', base64_of(value)]
    if isinstance(value, (list, tuple)):
        return ['l', *map(marked, value)]
    if isinstance(value, dict):
        return {key_of(key): marked(item) for key, item in value.items()}
    try:
        view = memoryview(value)
    except TypeError:
        names = 'str, bytes, numbers, bool, None, lists and dicts'
        raise TypeError(f"a message holds {names}, got '{type(value).__name__}'") from None
    return marked_array(view, type(value).__name__)


def marked_array(view, name):
    """A memoryview, or what gives one: an array of the `array` module or of numpy, or a single number of numpy's."""
    if view.ndim == 0 and (view.format in KINDS or view.format == '?'):
        return marked(view.tolist())
    contents = view if view.c_contiguous else view.tobytes()
    if view.format in ('B', 'c') and name == 'memoryview':
        return ['b', base64_of(contents)]
    code = ARRAYS.get((KINDS.get(view.format.lstrip('@=<')), view.itemsize))
    if code is None or view.ndim != 1:
        raise TypeError(f"'{name}' of {view.ndim} dimensions and format {view.format!r} is no array of JavaScript")
    return ['a', code, base64_of(contents)]


def base64_of(data):
    return binascii.b2a_base64(data, newline=False).decode()


def key_of(key):
    if isinstance(key, str):
        return key
    raise TypeError(f"a message's keys are str, got '{type(key).__name__}'")


def value_of(text):
    """A scope or an event of its text."""
    return plain(json.loads(text))


def plain(value):
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if not isinstance(value, list):
        return value
    kind = value[0]
    if kind == 'l':
        return [plain(item) for item in value[1:]]
    if kind == 'b':
        return binascii.a2b_base64(value[1])
    if kind == 'a':
        return memoryview(binascii.a2b_base64(value[2])).cast(value[1])
    return int(value[1], 16) if kind == 'i' else float(value[1])
