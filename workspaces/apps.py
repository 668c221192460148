from django.apps import AppConfig


class WorkspacesConfig(AppConfig):
    name = "workspaces"

    def ready(self) -> None:
        # Its receivers are connected by being read.
        from workspaces import sign_in_audit  # noqa: F401
