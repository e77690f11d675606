"""The part of the Starlette app that goes on beside responses: background tasks, clients that leave, lifespan."""

import asyncio
from contextlib import asynccontextmanager

from shared import happen, happened
from starlette.background import BackgroundTask, BackgroundTasks
from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Route

noted = []


@asynccontextmanager
async def lifespan(app):
    yield {"list": [], "private": None}


async def state(request):
    """What lifespan has made, and what the request adds to it for itself."""
    before = request.state.private
    request.state.list.append(request.url.query)
    request.state.private = "mine"
    return JSONResponse({"list": request.state.list, "before": before, "after": request.state.private})


async def tasks(request):
    """POST notes something after its response, GET tells what once that has been done."""
    if request.method == "GET":
        await happened("noted")
        return JSONResponse(noted)
    after = BackgroundTasks([BackgroundTask(noted.append, "in a thread"), BackgroundTask(note, "in a coroutine")])
    return PlainTextResponse("accepted", status_code=202, background=after)


async def note(what):
    noted.append(what)
    happen("noted")


async def wait(request):
    """Answers once the client has disconnected; nothing reads that."""
    happen("arrived")
    while not await request.is_disconnected():
        await asyncio.sleep(0.001)
    happen("left")


async def endless(request):
    async def chunks():
        try:
            yield "first"
            while True:
                await asyncio.sleep(0.001)
                yield "more"
        finally:
            happen("stopped")

    return StreamingResponse(chunks(), media_type="text/plain")


async def tell(request):
    text = await happened(request.path_params["name"])
    return JSONResponse({"text": text, "connected": not await request.is_disconnected()})


routes = [
    Route("/state", state),
    Route("/tasks", tasks, methods=["GET", "POST"]),
    Route("/wait", wait),
    Route("/endless", endless),
    Route("/happened/{name}", tell),
]
