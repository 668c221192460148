"""Streamlit, whose apps are scripts that its own server runs once per visit."""

from deployments.launchers.base import AppKind, Launch
from deployments.launchers.environment import LISTEN_HOST
from deployments.launchers.modules import ENTRY_FILES, Module


def detect(module: Module) -> Launch | None:
    """A script that imports streamlit; one without a telling name only when no other root file imports it."""
    if not module.imports("streamlit") or (module.path.split("/")[-1] not in ENTRY_FILES and _is_helper(module)):
        return None
    return serve(module)


def serve(module: Module) -> Launch:
    """Whatever the script is."""
    return Launch(
        framework="Streamlit",
        kind=AppKind.WEB_APP,
        argv=(
            "streamlit", "run", module.path,
            "--server.address", LISTEN_HOST, "--server.port", "$PORT", "--server.headless", "true",
        ),
        evidence=f"{module.path} is a Streamlit script.",
        requirements=("streamlit",),
    )  # fmt: skip


def _is_helper(module: Module) -> bool:
    others = (other for other in module.source.entry_modules() if other.path != module.path)
    return any(other.imports(module.name.split(".")[0]) for other in others)
