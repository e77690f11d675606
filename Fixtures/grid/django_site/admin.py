from django.contrib import admin

from .models import Fruit


@admin.register(Fruit)
class FruitAdmin(admin.ModelAdmin):
    list_display = ["name", "price", "is_ripe"]
    list_filter = ["is_ripe"]
    search_fields = ["name"]
