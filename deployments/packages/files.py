"""What a deployment is made of, as files to take away: for pages and API alike."""

from django.http import HttpResponse

from deployments.models import App, Deployment
from deployments.packages import locks
from deployments.venvs.inspecting import bill_of_materials
from deployments.venvs.inspecting.bill_of_materials import Subject


def requirements_lock(app: App, deployment: Deployment) -> HttpResponse:
    """Raises ``Conflict`` when there is no lock."""
    head = f"# {app.name}, deployment {deployment.number}"
    if deployment.environment is not None:
        head += f", for Python {deployment.environment.python_version}"
    text = f"{head}\n{locks.of(app, deployment).requirements_text}"
    return _file(text, "text/plain; charset=utf-8", f"{app.name}-{deployment.number}.requirements.lock")


def sbom(app: App, deployment: Deployment) -> HttpResponse:
    """Raises ``Conflict`` when there is no lock."""
    lock = locks.of(app, deployment)
    assert deployment.lock is not None
    environment = deployment.environment
    subject = Subject(
        app.name, deployment.number, deployment.uuid, deployment.lock.created_at,
        environment.python_version if environment else "",
    )  # fmt: skip
    text = bill_of_materials.write(lock, subject, locks.needs_of(deployment))
    return _file(text, bill_of_materials.MEDIA_TYPE, f"{app.name}-{deployment.number}.cdx.json")


def _file(text: str, content_type: str, name: str) -> HttpResponse:
    # Names of apps are DNS labels: nothing in them could end the header.
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(text, content_type=content_type, headers=headers)
