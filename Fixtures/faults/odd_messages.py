"""Messages of the odd applications, and how they send them where they must not wait."""

START = {"type": "http.response.start", "status": 200, "headers": [(b"x-odd", b"o" * 50)]}
BODY = {"type": "http.response.body", "body": b"body"}


def step(awaitable):
    """Sends a message at once, and returns the outcome."""
    try:
        awaitable.send(None)
    except StopIteration:
        return "sent"
    except BaseException as error:
        return type(error).__name__
    return "waits"
