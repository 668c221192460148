"""The admin of apps and what they are made of."""

from deployments.admin import (
    apps,
    base_images,
    dashboard,
    deployments,
    environments,
    index_previews,
    inventory,
    listed_packages,
)

__all__ = [
    "apps",
    "base_images",
    "dashboard",
    "deployments",
    "environments",
    "index_previews",
    "inventory",
    "listed_packages",
]
