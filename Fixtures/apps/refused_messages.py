"""A11-A14, D10, D11, D17, D18: sends what no server accepts, and answers with the exceptions that send() raised."""

import json

START = "http.response.start"
BODY = "http.response.body"

BEFORE_START = {
    "unknown type": {"type": "wrong.message"},
    "another protocol": {"type": "websocket.send", "text": "x"},
    "no type": {"status": 200},
    "type of bytes": {"type": b"http.response.start"},
    "no dict": "http.response.start",
    "body first": {"type": BODY, "body": b"first"},
    "no status": {"type": START, "headers": []},
    "status of str": {"type": START, "status": "200"},
    "status of None": {"type": START, "status": None},
    "status of float": {"type": START, "status": 200.5},
    "status too small": {"type": START, "status": 99},
    "status too large": {"type": START, "status": 1000},
    "status of an interim response": {"type": START, "status": 103},
    "length of letters": {"type": START, "status": 200, "headers": [(b"x-good", b"1"), (b"Content-Length", b"five")]},
    "length with a sign": {"type": START, "status": 200, "headers": [(b"content-length", b"+5")]},
    "length below zero": {"type": START, "status": 200, "headers": [(b"content-length", b"-5")]},
    "no length": {"type": START, "status": 200, "headers": [(b"content-length", b"")]},
    "length beyond numbers": {"type": START, "status": 200, "headers": [(b"content-length", b"9" * 23)]},
    "two lengths": {"type": START, "status": 200, "headers": [(b"content-length", b"5"), (b"content-length", b"10")]},
    "two lengths in one": {"type": START, "status": 200, "headers": [(b"content-length", b"5, 5")]},
    "headers of int": {"type": START, "status": 200, "headers": 5},
    "header of int": {"type": START, "status": 200, "headers": [5]},
    "header of one": {"type": START, "status": 200, "headers": [(b"x-good", b"1"), (b"x-bad",)]},
    "header of three": {"type": START, "status": 200, "headers": [(b"x-bad", b"1", b"2")]},
    "name of str": {"type": START, "status": 200, "headers": [(b"x-good", b"1"), ("x-bad", b"1")]},
    "value of str": {"type": START, "status": 200, "headers": [(b"x-bad", "1")]},
    "value of None": {"type": START, "status": 200, "headers": [(b"x-bad", None)]},
    "pseudo header": {"type": START, "status": 200, "headers": [(b"x-good", b"1"), (b":status", b"404")]},
    "empty name": {"type": START, "status": 200, "headers": [(b"", b"1")]},
    "name with space": {"type": START, "status": 200, "headers": [(b"x bad", b"1")]},
    "name with CR LF": {"type": START, "status": 200, "headers": [(b"x-bad\r\nx-evil", b"1")]},
    "value with CR LF": {"type": START, "status": 200, "headers": [(b"x-bad", b"1\r\nx-evil: 2")]},
    "value with LF": {"type": START, "status": 200, "headers": [(b"x-bad", b"1\nx-evil: 2")]},
    "value with NUL": {"type": START, "status": 200, "headers": [(b"x-bad", b"1\0")]},
}

AFTER_START = {
    "second start": {"type": START, "status": 404, "headers": []},
    "unknown type later": {"type": "wrong.message"},
    "body of str": {"type": BODY, "body": "text", "more_body": True},
    "body of int": {"type": BODY, "body": 5, "more_body": True},
    "body of list": {"type": BODY, "body": [1, 2], "more_body": True},
}


async def _tried(send, messages):
    results = {}
    for name, message in messages.items():
        try:
            await send(message)
            results[name] = None
        except Exception as error:
            results[name] = {"type": type(error).__name__, "text": str(error)}
    return results


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    results = await _tried(send, BEFORE_START)
    # Unknown keys are no error.
    headers = [(b"x-kept", b"yes")]
    await send({"type": START, "status": 200, "headers": headers, "x": 1, "y.z": object()})
    results.update(await _tried(send, AFTER_START))
    await send({"type": BODY, "body": json.dumps(results).encode(), "more_body": False, "x": 1})
