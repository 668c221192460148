from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class DeploymentsConfig(AppConfig):
    name = "deployments"

    def ready(self) -> None:
        post_migrate.connect(_adopt_shipped, sender=self)


def _adopt_shipped(**_: Any) -> None:
    from deployments.operations import base_image_rows

    base_image_rows.adopt_shipped()
