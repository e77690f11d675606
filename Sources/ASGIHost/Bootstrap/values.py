"""Scopes and events of any protocol as text: JSON, whose arrays begin with what they are, since JSON has no bytes."""

import binascii
import json

# What JavaScript can hold in a number.
LARGEST = 2**53 - 1


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
    if isinstance(value, (bytes, bytearray, memoryview)):
        return ['b', binascii.b2a_base64(value, newline=False).decode()]
    if isinstance(value, (list, tuple)):
        return ['l', *map(marked, value)]
    if isinstance(value, dict):
        return {key_of(key): marked(item) for key, item in value.items()}
    raise TypeError(f"a message holds str, bytes, numbers, bool, None, lists and dicts, got '{type(value).__name__}'")


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
    return int(value[1], 16) if kind == 'i' else float(value[1])
