from django.contrib import admin
from django.urls import path

from . import views

urlpatterns = [
    path("admin/", admin.site.urls),
    path("fruits", views.fruits),
    path("fruits/async", views.fruits_async),
    path("fruits/stream", views.stream),
    path("fruits/<str:name>", views.fruit),
    path("fruits/<str:name>/picture", views.Upload.as_view()),
    path("rolled-back", views.rolled_back),
    path("whoami", views.whoami),
    path("whoami/async", views.whoami_async),
    path("handled", views.handled),
    path("handled/async", views.handled_async),
]
