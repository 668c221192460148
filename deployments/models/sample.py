from django.contrib.postgres.fields import ArrayField
from django.db import models

from deployments.models.app import App

#: Rows of this span hold what those of shorter ones added up to.
COARSE_S = 600
MEASURED = ("covered_s", "requests", "errors", "bytes_out", "times", "memory_bytes", "instances", "cpu_ms")


class Sample(models.Model):
    """What an app did and used in the ``span_s`` seconds from ``at`` on. A slot without a row was not measured.

    ``covered_s`` says over which time before the slot's end the counts were made: longer than the slot after a gap.
    Memory and instances are the most that was seen. ``times`` counts answers by the classes of ``routing.traffic``.
    """

    app = models.ForeignKey(App, models.CASCADE, related_name="samples", db_index=False)
    at = models.DateTimeField()
    span_s = models.PositiveSmallIntegerField()
    covered_s = models.FloatField()
    requests = models.PositiveIntegerField()
    errors = models.PositiveIntegerField()
    bytes_out = models.PositiveBigIntegerField()
    # Null when there were no requests, as in most rows.
    times = ArrayField(models.PositiveIntegerField(), null=True)
    memory_bytes = models.PositiveBigIntegerField()
    instances = models.PositiveSmallIntegerField()
    cpu_ms = models.PositiveBigIntegerField()

    class Meta:
        # With all that a graph reads: its rows lie side by side in the index, and far apart in the table.
        constraints = [
            models.UniqueConstraint(fields=["app", "span_s", "at"], include=MEASURED, name="one_sample_per_slot")
        ]
        # For adding up and forgetting, which go by time over all apps.
        indexes = [models.Index(fields=["span_s", "at"], name="samples_by_time")]

    def __str__(self) -> str:
        return f"{self.app_id} at {self.at:%Y-%m-%d %H:%M:%S}"
