"""A15: an exception with very many frames."""


def fall(depth):
    return fall(depth + 1)


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError(scope["type"])
    fall(0)
