from django.db import models


class Entry(models.Model):
    name = models.CharField(max_length=40)
    text = models.CharField(max_length=280)
    written_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.name}: {self.text}"
