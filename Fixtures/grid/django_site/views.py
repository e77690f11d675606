"""Views that use the database, with and without await."""

import asyncio

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, transaction
from django.http import FileResponse, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import aget_object_or_404, get_object_or_404
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from .middleware import Handled
from .models import Fruit


def fruits(request):
    return JsonResponse({"fruits": [[each.name, str(each.price)] for each in Fruit.objects.order_by("name")]})


async def fruits_async(request):
    names = [each.name async for each in Fruit.objects.order_by("name")]
    found, first = await asyncio.gather(Fruit.objects.acount(), Fruit.objects.order_by("name").afirst())
    return JsonResponse({"fruits": names, "count": found, "first": str(first)})


async def fruit(request, name):
    each = await aget_object_or_404(Fruit, name=name)
    return JsonResponse({"name": each.name, "price": str(each.price)})


@method_decorator(csrf_exempt, name="dispatch")
class Upload(View):
    """A picture of a fruit goes through the model, and comes back as a file."""

    async def post(self, request, name):
        def store():
            each = get_object_or_404(Fruit, name=name)
            each.picture = request.FILES["picture"]
            each.save()
            return each.picture.size

        return JsonResponse({"stored": await sync_to_async(store)()}, status=201)

    async def get(self, request, name):
        each = await aget_object_or_404(Fruit, name=name)
        return FileResponse(each.picture.open(), filename="picture.bin", as_attachment=True)


@csrf_exempt
def rolled_back(request):
    """Both or none are written."""
    try:
        with transaction.atomic():
            Fruit.objects.create(name="Quitte")
            Fruit.objects.create(name="Quitte")
    except IntegrityError:
        return JsonResponse({"quinces": Fruit.objects.filter(name="Quitte").count()}, status=409)


async def stream(request):
    """The database is asked while the response is under way."""

    async def lines():
        async for each in Fruit.objects.order_by("name"):
            yield f"{each.name}\n"

    return StreamingHttpResponse(lines(), content_type="text/plain; charset=utf-8")


@login_required(login_url="/admin/login/")
def whoami(request):
    return HttpResponse(f"you are {request.user.username}")


async def whoami_async(request):
    user = await request.auser()
    visits = await request.session.aget("visits", 0) + 1
    await request.session.aset("visits", visits)
    return HttpResponse(f"you are {user.username or 'nobody'}, {visits}")


def handled(request):
    raise Handled("in a thread")


async def handled_async(request):
    raise Handled("in a coroutine")
