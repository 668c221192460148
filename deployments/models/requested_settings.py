"""The settings of an app as they were when a deployment was requested."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from django.conf import settings

from deployments.models.app import App, Scaling
from deployments.models.base_image import CLEAN, BaseImageVersion
from deployments.models.env_var import EnvVar
from deployments.models.secret_reference import SecretReference
from packagerepos.policy import Installer, Rules


@dataclass(frozen=True)
class RequestedSettings:
    """What ``Deployment.settings`` holds. ``command`` is empty when the source or a launcher decides.

    ``base_image`` with ``base_image_version`` is what it is built on, the clean image for an app that opted out.
    ``env`` are the app's plain variables, ``secrets`` those that take a secret's value: where from, never the value.
    ``given`` are the variables that were given for this deployment only, ``own`` the other fields that were;
    ``own_from`` is the number of the deployment that both were carried over from.
    ``environment_management`` is the app's word and may be ``None``, ``site_environment_management`` the site's.
    """

    command: tuple[str, ...]
    readiness_path: str
    startup_s: float
    start_timeout_s: float
    env: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, SecretReference] = field(default_factory=dict)
    packages: Rules = field(default_factory=Rules)
    environment_management: bool | None = None
    site_environment_management: bool = True
    scaling: str = Scaling.STANDARD
    base_image: str = CLEAN
    base_image_version: int = 1
    use_preinstalled_libraries: bool = False
    given: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    own_from: int | None = None

    @classmethod
    def of(cls, app: App, image: BaseImageVersion, packages: Rules | None = None) -> Self:
        """``image`` is what the app is to be built on now (``operations.base_image_rows.of_app``).

        ``packages`` are the rules in force; only what is about to be requested needs them.
        """
        env, secrets = variables_of(app)
        return cls(
            command=tuple(app.command),
            readiness_path=app.readiness_path,
            startup_s=app.startup_s,
            start_timeout_s=app.start_timeout_s,
            env=env,
            secrets=secrets,
            packages=_chosen(packages or Rules(), app.installer),
            environment_management=app.environment_management,
            site_environment_management=settings.ENVIRONMENT_MANAGEMENT,
            scaling=app.scaling,
            base_image=image.image.name,
            base_image_version=image.number or 0,
            use_preinstalled_libraries=app.use_preinstalled_libraries,
        )

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        return cls(
            command=tuple(content["command"]),
            readiness_path=content["readiness_path"],
            startup_s=content["startup_s"],
            start_timeout_s=content["start_timeout_s"],
            env=content.get("env", {}),
            secrets=references(content.get("secrets", {})),
            # Deployments from before there were rules have none of these.
            packages=Rules.from_json(content["packages"]) if "packages" in content else Rules(),
            environment_management=content.get("environment_management"),
            site_environment_management=content.get("site_environment_management", True),
            # Of deployments older than base images.
            scaling=content.get("scaling", Scaling.STANDARD),
            base_image=content.get("base_image", CLEAN),
            base_image_version=content.get("base_image_version", 1),
            use_preinstalled_libraries=content.get("use_preinstalled_libraries", False),
            given=tuple(content.get("given", ())),
            own=tuple(content.get("own", ())),
            own_from=content.get("own_from"),
        )

    def with_variables(self, plain: Mapping[str, str], secrets: Mapping[str, SecretReference]) -> Self:
        """With variables that were given for one deployment, which go before what the app has."""
        names = {*plain, *secrets}
        return replace(
            self,
            env={**{name: value for name, value in self.env.items() if name not in names}, **plain},
            secrets={**{name: value for name, value in self.secrets.items() if name not in names}, **secrets},
            given=tuple(sorted(names)),
        )

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def variables_of(app: App) -> tuple[dict[str, str], dict[str, SecretReference]]:
    """The app's plain variables, and those that take a secret's value."""
    return variables_in(list(app.env_vars.all()))


def variables_in(rows: Sequence[EnvVar]) -> tuple[dict[str, str], dict[str, SecretReference]]:
    """The same of rows that were read already."""
    plain = {row.name: row.value for row in rows if not row.is_secret}
    return plain, {row.name: row.reference for row in rows if row.is_secret}


def references(content: Mapping[str, Mapping[str, str]]) -> dict[str, SecretReference]:
    """``{"DB_PASSWORD": {"scope": "prod", "key": "db-password"}}`` as objects."""
    return {name: SecretReference.from_json(where) for name, where in content.items()}


def _chosen(rules: Rules, installer: str) -> Rules:
    """The app's word about what resolves its requirements goes before the workspace's."""
    return replace(rules, installer=Installer(installer)) if installer else rules
