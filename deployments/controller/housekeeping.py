"""What is over goes: old log lines, apps deleted long ago, source that nothing needs any more.

Each round may be cut anywhere; the next one finds the rest. Rows go before files: a file without a row is
removed as a leftover, a row without its file would promise something that is gone. What is kept only so long as it
may be wanted again, such as environments, is the reaper's (``reaping``).
"""

import shutil
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from deployments import layout
from deployments.logs import complaints, segments
from deployments.metrics import keeping
from deployments.models import App, Bundle, Instance
from deployments.models.instance import LIVE
from deployments.operations import index_previews, opt_out_work, visits
from workspaces.operations import scope_acls

#: A bundle is uploaded before the deployment that needs it is requested.
UNUSED_BUNDLE = timedelta(days=1)
#: Lines of an app that writes little are kept this long, of one that writes much as long as they fit.
LOG_AGE = timedelta(days=90)
#: They are read once; what is left of them helps nobody.
COMPLAINTS_BYTES = 1024 * 1024


def clean(now: datetime) -> None:
    _prune_logs(now)
    _purge_deleted_apps(now)
    _remove_unused_bundles(now)
    visits.forget_old(now)
    index_previews.purge(now)
    keeping.forget_old(now)
    opt_out_work.purge(now)


def _prune_logs(now: datetime) -> None:
    for app in App.objects.all():
        oldest = (now - LOG_AGE).timestamp()
        folder = layout.app_log(app)
        segments.prune(folder, keep_bytes=settings.LOG_MAX_BYTES, older_than=oldest)
        segments.prune(complaints.folder(folder), keep_bytes=COMPLAINTS_BYTES, older_than=oldest)


def _purge_deleted_apps(now: datetime) -> None:
    """After UNDO_DAYS nobody can restore it: rows, logs and all."""
    for app in App.objects.filter(deleted_at__lt=now - timedelta(days=settings.UNDO_DAYS)):
        if Instance.objects.filter(deployment__app=app, state__in=LIVE).exists():
            continue
        logs = [layout.app_log(app), *(layout.build_log(deployment) for deployment in app.deployments.all())]
        with transaction.atomic():
            scope_acls.revoke_app_everywhere(app.uuid)
            app.delete()
        for folder in logs:
            shutil.rmtree(folder, ignore_errors=True)


def _remove_unused_bundles(now: datetime) -> None:
    unused = Bundle.objects.filter(deployments=None, created_at__lt=now - UNUSED_BUNDLE).select_related("workspace")
    for bundle in unused:
        _remove_unused(bundle)


def _remove_unused(bundle: Bundle) -> None:
    """Its row is locked meanwhile: who uploads the same again waits, and begins anew."""
    folder = layout.bundle_folder(bundle)
    with transaction.atomic():
        if not Bundle.objects.select_for_update().filter(pk=bundle.pk).exists() or bundle.deployments.exists():
            return
        shutil.rmtree(folder, ignore_errors=True)
        bundle.delete()
