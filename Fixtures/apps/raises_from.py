# Proves that an exception's chain reaches JavaScript: a cause, and a context below it.


def ship():
    try:
        1 / 0
    except ZeroDivisionError:
        {}["address"]


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    try:
        ship()
    except KeyError as error:
        raise RuntimeError("the order cannot be shipped") from error
