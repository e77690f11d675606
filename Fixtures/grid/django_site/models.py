from django.db import models


class Fruit(models.Model):
    name = models.CharField(max_length=100, unique=True)
    price = models.DecimalField(max_digits=6, decimal_places=2, default=0)
    is_ripe = models.BooleanField(default=False)
    picture = models.FileField(upload_to="fruits", blank=True)

    def __str__(self):
        return self.name
