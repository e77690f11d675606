"""A Django app for comparing servers: what it answers follows from the requests alone."""

import asyncio
import io
import os
import warnings
from datetime import datetime, timezone

import django.http.response
from django.conf import settings
from django.core import signing
from shared import FILES, digest, pin

# A stream that is no coroutine is on purpose.
warnings.filterwarnings("ignore", "StreamingHttpResponse must consume synchronous iterators")

settings.configure(
    DEBUG=False,
    SECRET_KEY="not a secret",
    ALLOWED_HOSTS=["example.test"],
    ROOT_URLCONF=__name__,
    DEFAULT_CHARSET="utf-8",
    USE_TZ=True,
    APPEND_SLASH=True,
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    SESSION_EXPIRE_AT_BROWSER_CLOSE=True,
    DATA_UPLOAD_MAX_MEMORY_SIZE=1_000_000,
    FILE_UPLOAD_MAX_MEMORY_SIZE=50_000,
    LOGGING={"version": 1, "disable_existing_loggers": False, "loggers": {"django": {"level": "CRITICAL"}}},
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.middleware.http.ConditionalGetMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
)

from django.core.asgi import get_asgi_application  # noqa: E402
from django.core.exceptions import PermissionDenied, SuspiciousOperation  # noqa: E402
from django.http import (  # noqa: E402
    FileResponse,
    Http404,
    HttpResponse,
    HttpResponseNotModified,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.urls import include, path, re_path, reverse  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402
from django.views.decorators.http import condition, etag, require_POST, require_safe  # noqa: E402
from django.views.static import serve  # noqa: E402

# Signed cookies hold the time, and cookies with an age the time of their end.
pin(signing, django.http.response)


def described(request):
    """What the app sees of the request. Its body is not read."""
    kept = ("HTTP_", "CONTENT_", "QUERY_", "REQUEST_", "SCRIPT_")
    return {
        "path": request.path,
        "path_info": request.path_info,
        "full_path": request.get_full_path(),
        "uri": request.build_absolute_uri(),
        "secure": request.is_secure(),
        "query": [[name, request.GET.getlist(name)] for name in request.GET],
        "cookies": request.COOKIES,
        "meta": {name: value for name, value in sorted(request.META.items()) if name.startswith(kept)},
    }


def hello(request):
    return HttpResponse("hello, wörld")


async def hello_async(request):
    await asyncio.sleep(0)
    return HttpResponse("hello from a coroutine", content_type="text/plain")


@csrf_exempt
def echo(request, **parameters):
    return JsonResponse({**described(request), "parameters": parameters, "body": digest(request.body)})


@csrf_exempt
async def echo_async(request, **parameters):
    return JsonResponse({**described(request), "parameters": parameters, "body": digest(request.body)})


@csrf_exempt
def read_file_like(request):
    """Reads the body as a file, a piece at a time."""
    pieces = [len(piece) for piece in iter(lambda: request.read(64 * 1024), b"")]
    return JsonResponse({"bytes": sum(pieces)})


@csrf_exempt
@require_POST
def form(request):
    fields = [[name, request.POST.getlist(name)] for name in request.POST]
    files = []
    for name in request.FILES:
        for file in request.FILES.getlist(name):
            # Large files are on disk, small ones in memory.
            kind = type(file).__name__
            files.append([name, file.name, file.content_type, str(file.charset), kind, digest(file.read())])
    return JsonResponse({"fields": fields, "files": files})


@require_POST
def protected(request):
    return HttpResponse("never reached without a token")


def set_cookies(request):
    response = HttpResponse("baked")
    response.set_cookie("plain", "1")
    response.set_cookie("quoted", 'a "b"; c', path="/cookies", httponly=True, samesite="Strict")
    response.set_cookie("aged", "3", max_age=60, secure=True, domain="example.test")
    response.set_signed_cookie("signed", "4", salt="s")
    response.delete_cookie("stale")
    return response


def show_signed(request):
    return HttpResponse(request.get_signed_cookie("signed", "none", salt="s", max_age=60))


@csrf_exempt
def session(request):
    if request.method == "POST":
        request.session["visits"] = request.session.get("visits", 0) + 1
    if request.method == "DELETE":
        request.session.flush()
    return JsonResponse(dict(request.session))


def redirect(request):
    return HttpResponseRedirect(request.GET.get("to") or reverse("named", args=["ä b"]))


def stream_sync(request):
    def chunks():
        for number in range(int(request.GET.get("count", "3"))):
            yield f"chunk {number}\n"

    return StreamingHttpResponse(chunks(), content_type="text/plain")


async def stream_async(request):
    async def chunks():
        for number in range(3):
            await asyncio.sleep(0)
            yield f"id: {number}\ndata: grüße {number}\n\n"

    return StreamingHttpResponse(chunks(), content_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def stream_broken(request):
    async def chunks():
        yield b"first"
        raise ValueError("too late")

    return StreamingHttpResponse(chunks())


def file(request, name):
    options = {"as_attachment": "as" in request.GET, "filename": request.GET.get("as", "")}
    return FileResponse(open(os.path.join(FILES, name), "rb"), **options)


def memory_file(request):
    return FileResponse(io.BytesIO(b"from memory"), filename="memory.txt")


@etag(lambda request: '"version-7"')
def tagged(request):
    return HttpResponse("tagged")


@condition(last_modified_func=lambda request: datetime(2024, 5, 6, tzinfo=timezone.utc))
def dated(request):
    return HttpResponse("dated")


@require_safe
def safe(request):
    return HttpResponse("safe")


async def fail(request, kind):
    if kind == "absent":
        raise Http404("no such thing")
    if kind == "denied":
        raise PermissionDenied("no")
    if kind == "suspicious":
        raise SuspiciousOperation("hm")
    raise ValueError("not today")


def fail_sync(request):
    raise ValueError("not today")


def status(request, code):
    return HttpResponseNotModified() if code == 304 else HttpResponse(status=code, headers={"X-Status": str(code)})


urlpatterns = [
    path("", hello),
    path("async", hello_async),
    path("echo", echo),
    path("echo/async", echo_async),
    path("echo/<str:name>", echo),
    path("numbers/<int:number>", echo_async),
    path("named/<str:name>/", echo, name="named"),
    re_path(r"^paths/(?P<rest>.*)$", echo),
    path("read", read_file_like),
    path("form", form),
    path("protected", protected),
    path("cookies", set_cookies),
    path("cookies/signed", show_signed),
    path("session", session),
    path("redirect", redirect),
    path("stream/sync", stream_sync),
    path("stream/async", stream_async),
    path("stream/broken", stream_broken),
    path("file/<str:name>", file),
    path("memory", memory_file),
    path("tagged", tagged),
    path("dated", dated),
    path("safe", safe),
    path("", include("django_work")),
    path("fail", fail_sync),
    path("fail/<str:kind>", fail),
    path("status/<int:code>", status),
    path("static/<path:path>", serve, {"document_root": FILES}),
    path("grüße/<str:name>", echo),
]

application = get_asgi_application()
