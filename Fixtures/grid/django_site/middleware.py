"""Middleware of the three kinds: Django adapts what stands between a server that awaits and a view that does not."""

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpResponse
from django.utils.decorators import sync_and_async_middleware


class Handled(Exception):
    """What the middleware makes a response of."""


class SyncOnly:
    """Runs in a thread, and so do the inner layers that do not await."""

    async_capable = False
    sync_capable = True

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.seen = ["sync"]
        response = self.get_response(request)
        response["X-Seen"] = " ".join(request.seen)
        return response

    def process_exception(self, request, exception):
        if isinstance(exception, Handled):
            return HttpResponse(f"handled {exception}", status=409)


class AsyncOnly:
    async_capable = True
    sync_capable = False

    def __init__(self, get_response):
        self.get_response = get_response
        markcoroutinefunction(self)

    async def __call__(self, request):
        request.seen.append("async")
        if "stop" in request.GET:
            return HttpResponse("stopped", status=403)
        return await self.get_response(request)


@sync_and_async_middleware
def either(get_response):
    if iscoroutinefunction(get_response):

        async def middleware(request):
            request.seen.append("either, awaited")
            return await get_response(request)
    else:

        def middleware(request):
            request.seen.append("either, called")
            return get_response(request)

    return middleware
