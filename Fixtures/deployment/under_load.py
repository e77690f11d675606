"""The chat, and requests that the tests count: quick ones, streams, and some that are held until they are let go."""

import asyncio

import redis.asyncio
from main import INSTANCE, REDIS_URL, app
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

CHUNKS = 5

# The name of each request that has reached this process.
reached = []


async def work(request):
    reach(request)
    await request.body()
    await asyncio.sleep(0.005)
    return JSONResponse({"instance": INSTANCE})


async def stream(request):
    reach(request)

    async def body():
        for _ in range(CHUNKS):
            yield INSTANCE + "\n"
            await asyncio.sleep(0.02)

    return StreamingResponse(body())


async def hold(request):
    """Tells where it has arrived, and is answered when it is let go, by another request and at any instance."""
    await request.body()
    name = request.path_params["name"]
    async with client() as store:
        await store.rpush("arrived", f"{name} {INSTANCE}")
        await store.blpop([f"go {name}"], timeout=60)
    return JSONResponse({"instance": INSTANCE})


async def let_go(request):
    async with client() as store:
        await store.rpush(f"go {request.path_params['name']}", "")
    return Response(status_code=204)


def reach(request):
    reached.append(request.headers["x-request-id"])


async def all_reached(request):
    return JSONResponse(reached)


async def arrival(request):
    """The next request that is held: waits for it."""
    async with client() as store:
        _, value = await store.blpop(["arrived"], timeout=60)
    name, instance = value.decode().split(" ")
    return JSONResponse({"name": name, "instance": instance})


async def seen(request):
    """What the application believes of its client."""
    names = ["x-forwarded-for", "x-forwarded-proto", "x-request-id"]
    headers = {name: request.headers.get(name) for name in names}
    return JSONResponse({"client": request.client.host, "scheme": request.url.scheme, "headers": headers})


def client():
    return redis.asyncio.from_url(REDIS_URL, socket_timeout=None)


app.router.routes += [
    Route("/work", work, methods=["GET", "POST"]),
    Route("/stream", stream),
    Route("/reached", all_reached),
    Route("/hold/{name}", hold, methods=["GET", "POST"]),
    Route("/go/{name}", let_go, methods=["POST"]),
    Route("/arrival", arrival),
    Route("/seen", seen),
]
