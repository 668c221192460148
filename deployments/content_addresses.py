"""Where on the control plane's host programs reach an app by its id, as the clients of Posit Connect do."""

from deployments.models import Deployment


def prefixes(deployment: Deployment) -> tuple[str, ...]:
    """``/content/<guid>/_bundle<id>/``, and ``/content/<guid>/`` too for what is no draft."""
    content = f"/content/{deployment.app.uuid}/"
    of_bundle = f"{content}_bundle{deployment.bundle_id}/"
    return (of_bundle,) if deployment.is_draft else (content, of_bundle)
