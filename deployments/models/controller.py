from django.db import models


class ControllerPulse(models.Model):
    """One row, touched by the controller at each round."""

    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.at)
