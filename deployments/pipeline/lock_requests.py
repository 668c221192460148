"""The question that a deployment asks the resolver, put together from its settings and its source."""

from deployments import layout
from deployments.models import Deployment
from deployments.models.requested_settings import RequestedSettings
from deployments.pipeline.package_sources import BuildVariables
from deployments.source.spec import AppSpec
from deployments.venvs import system_site
from deployments.venvs.interpreters import Interpreter
from deployments.venvs.lock import Lock
from deployments.venvs.resolving.request import LockRequest
from packagerepos.indexes import Indexes


def of(
    deployment: Deployment,
    *,
    spec: AppSpec,
    additions: tuple[str, ...],
    values: BuildVariables,
    interpreter: Interpreter,
    indexes: Indexes,
    image: Lock,
) -> LockRequest:
    """``additions`` are what the launcher needs, ``indexes`` the defaults, ``image`` what is pre-installed."""
    requested = RequestedSettings.from_json(deployment.settings)
    rules = requested.packages
    return LockRequest(
        source=layout.source(deployment.bundle),
        dependencies=spec.dependencies,
        requirements_file=spec.requirements_file,
        interpreter=interpreter,
        additions=additions,
        indexes=indexes,
        variables=values,
        rules=rules,
        installed=system_site.look(interpreter, rules.external_names),
        image=image,
        image_title=f"{requested.base_image} {requested.base_image_version}",
    )
