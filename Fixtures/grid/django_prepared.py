"""The Django project with a database that has tables, a user and some fruits in it."""

import warnings
from concurrent.futures import ThreadPoolExecutor

from django_site.asgi import application  # noqa: F401

# Django's own static files are streams that do not await.
warnings.filterwarnings("ignore", "StreamingHttpResponse must consume synchronous iterators")


def prepare():
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django_site.models import Fruit

    call_command("migrate", run_syncdb=True, verbosity=0)
    User.objects.create_superuser("ada", "ada@example.test", "correct horse")
    User.objects.create_user("bob", "bob@example.test", "battery staple")
    for name, price in (("Apfel", "1.20"), ("Birne", "2.30"), ("Kirsche", "3.45")):
        Fruit.objects.create(name=name, price=price)


# In a thread, because an event loop may run in this one, and Django does no such work then.
with ThreadPoolExecutor(1) as executor:
    executor.submit(prepare).result()
