"""Apps that may opt out of pre-installed libraries, and previews of that, as if workers had made them."""

from django.utils import timezone

from deployments.models import App, BaseImage, Deployment, OptOutPreview, OptOutState, State
from deployments.operations import apps, deployments, opt_outs
from deployments.venvs.inspecting.opting_out import Missing, Proposal, Unknown
from deployments.venvs.lock import Origin
from tests.deployments.locked import deployed, package
from tests.world import World
from workspaces import unix_users

PROPOSAL = Proposal(
    missing=(
        Missing("pandas", "pandas", "pandas==2.2.2", ("app.py", "pages/sales_by_region_and_quarter.py")),
        Missing("yaml", "pyyaml", "pyyaml==6.0.1", ("settings/loading.py",), is_guarded=True),
        Missing("program gunicorn", "gunicorn", "gunicorn==22.0.0"),
    ),
    unknown=(Unknown("pytest", ("tests/test_app.py",), "The app does not have it today either."),),
    notices=("The imports of old.py were not read: it is not valid Python here, line 3.",),
)


def image() -> BaseImage:
    """The site's image ``tools``, with libraries."""
    row = BaseImage.objects.create(name="tools", build_uid=unix_users.next_uid(), created_by_name="Slipway")
    row.versions.create(requirements="pandas==2.2.2", number=1, created_by_name="Slipway", published_at=timezone.now())
    return row


def converted(world: World, name: str = "hello") -> App:
    """Active on ``tools``, and horizontally scaled since."""
    if not BaseImage.objects.filter(name="tools").exists():
        image()
    app = apps.create(world.alice, name=name, base_image="tools")
    deployed(world, app, package("pandas", "2.2.2", origin=Origin.BASE_IMAGE))
    app.refresh_from_db()
    return apps.update(world.alice, app, scaling="horizontal", instances=2)


def tried(world: World, app: App, proposal: Proposal = PROPOSAL) -> OptOutPreview:
    """A preview whose trial is being built."""
    preview = opt_outs.request(world.alice, app, now=timezone.now())
    trial = deployments.request_trial(world.alice, app, bundle=world.bundle(b"with lines"))
    preview.state, preview.findings = OptOutState.RUNNING, proposal.to_json()
    preview.trial, preview.bundle = trial, trial.bundle
    preview.save()
    return preview


def ready(world: World, app: App, proposal: Proposal = PROPOSAL, *, verified: bool = True) -> OptOutPreview:
    """One whose trial answers."""
    preview = tried(world, app, proposal)
    Deployment.objects.filter(pk=preview.trial_id).update(state=State.READY)
    preview.refresh_from_db()
    broken = [] if verified else [{"module": "pandas.old", "why": "ImportError: No.", "is_guarded": False}]
    preview.state, preview.verified, preview.broken = OptOutState.READY, verified, broken
    preview.finished_at = timezone.now()
    preview.save()
    return preview


def failed(world: World, app: App) -> OptOutPreview:
    preview = tried(world, app)
    preview.state, preview.finished_at = OptOutState.FAILED, timezone.now()
    preview.failure_message = "On the clean image the app could not be built: pandas 2.2.2 is on no index."
    preview.failure_hint = "Ask an admin about the index."
    preview.save()
    return preview
