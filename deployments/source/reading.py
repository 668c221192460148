"""A source folder, read: all its files that say something, as one ``AppSpec``."""

from pathlib import Path

from deployments.failures import Failure
from deployments.source.app_yaml import AppYaml, read_app_yaml
from deployments.source.files import has
from deployments.source.manifest import read_manifest
from deployments.source.pyproject import Pyproject, read_pyproject
from deployments.source.python_version import python_request
from deployments.source.spec import AppSpec, DependencyKind


def read_spec(source: Path) -> AppSpec:
    """What ``source`` asks for; files are read, nothing is run.

    Raises ``Failure`` (BAD_APP_YAML, BAD_REQUIREMENTS, NO_INTERPRETER).
    """
    app_yaml = read_app_yaml(source) or AppYaml()
    manifest = read_manifest(source)
    requirements_file = manifest.requirements_file or str(DependencyKind.REQUIREMENTS)
    pyproject, pyproject_notices = _pyproject(source, requirements_file)
    dependencies, dependency_notices = _dependencies(source, requirements_file, pyproject)
    python, python_notices = python_request(source, pyproject)
    return AppSpec(
        command=app_yaml.command,
        declared=manifest.declared,
        env=app_yaml.env,
        dependencies=dependencies,
        requirements_file=requirements_file,
        python=python or manifest.python,
        made_with=manifest.made_with,
        environment_management=manifest.environment_management,
        notices=(*app_yaml.notices, *pyproject_notices, *dependency_notices, *python_notices, *manifest.notices),
    )


def _pyproject(source: Path, requirements_file: str) -> tuple[Pyproject | None, tuple[str, ...]]:
    try:
        return read_pyproject(source), ()
    except Failure as failure:
        # With a requirements.txt nothing depends on this file: many apps keep it for their linter only.
        if not has(source, requirements_file):
            raise
        return None, (f"{failure.message} It was ignored.",)


def _dependencies(
    source: Path, requirements_file: str, pyproject: Pyproject | None
) -> tuple[DependencyKind, tuple[str, ...]]:
    has_lock = has(source, DependencyKind.UV_LOCK)
    declares = pyproject is not None and pyproject.declares_dependencies
    if has(source, requirements_file):
        ignored = [*(["uv.lock"] if has_lock else []), *(["the dependencies in pyproject.toml"] if declares else [])]
        notice = f"{requirements_file} was used, and {' and '.join(ignored)} ignored."
        return DependencyKind.REQUIREMENTS, (notice,) if ignored else ()
    if pyproject is not None and has_lock:
        return DependencyKind.UV_LOCK, ()
    notices = ("uv.lock was ignored, because there is no pyproject.toml.",) if has_lock else ()
    return (DependencyKind.PYPROJECT if declares else DependencyKind.NONE), notices
