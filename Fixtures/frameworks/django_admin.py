"""Django's admin, whose styles are files that Django serves itself with DEBUG only.

As a program it gathers them in the folder of $STATIC_ROOT.
"""

import os

from django.conf import settings

MESSAGES = "django.contrib.messages"
SESSIONS = "django.contrib.sessions"

settings.configure(
    SECRET_KEY="not a secret",
    ALLOWED_HOSTS=["*"],
    DEBUG=False,
    ROOT_URLCONF=__name__,
    STATIC_URL="/static/",
    STATIC_ROOT=os.environ["STATIC_ROOT"],
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        MESSAGES,
        SESSIONS,
        "django.contrib.staticfiles",
    ],
    MIDDLEWARE=[
        f"{SESSIONS}.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        f"{MESSAGES}.middleware.MessageMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    f"{MESSAGES}.context_processors.messages",
                ]
            },
        }
    ],
)

from django.core.asgi import get_asgi_application  # noqa: E402

application = get_asgi_application()

from django.contrib import admin  # noqa: E402
from django.urls import path  # noqa: E402

urlpatterns = [path("admin/", admin.site.urls)]

if __name__ == "__main__":
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0)
