"""The part of the Django app whose clients leave."""

import asyncio

from django.http import HttpResponse, StreamingHttpResponse
from django.urls import path
from shared import happen, happened


async def wait(request):
    """Never answers; ends when the client has left."""
    happen("arrived")
    try:
        await asyncio.Event().wait()
    finally:
        happen("left")


async def endless(request):
    async def chunks():
        try:
            yield "first"
            await asyncio.Event().wait()
        finally:
            happen("stopped")

    return StreamingHttpResponse(chunks())


async def tell(request, name):
    return HttpResponse(await happened(name))


urlpatterns = [path("wait", wait), path("endless", endless), path("happened/<str:name>", tell)]
