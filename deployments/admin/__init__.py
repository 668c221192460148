"""The admin of apps and what they are made of."""

from deployments.admin import apps, deployments, environments, index_previews, listed_packages

__all__ = ["apps", "deployments", "environments", "index_previews", "listed_packages"]
