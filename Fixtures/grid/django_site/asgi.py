"""The ASGI app of the project: Django, the files of its apps, and Channels."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "django_site.settings")

# Loads the apps: consumers need their models.
django_asgi_app = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler  # noqa: E402
from django.urls import path, re_path  # noqa: E402

from .consumers import Events, Market, Threaded  # noqa: E402

websockets = URLRouter([path("market", Market.as_asgi()), path("threaded/<str:room>", Threaded.as_asgi())])

application = ProtocolTypeRouter(
    {
        "http": URLRouter([path("events", Events.as_asgi()), re_path("", ASGIStaticFilesHandler(django_asgi_app))]),
        "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(websockets)),
    }
)
