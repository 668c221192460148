"""The admin of what people share. Each room registers its tables with ``site``."""

from workspaces.admin import audit, groups, people, platform, scopes, tokens

__all__ = ["audit", "groups", "people", "platform", "scopes", "tokens"]
