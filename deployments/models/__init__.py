from deployments.models.app import App, AppState, DesiredState, HostAlias
from deployments.models.bundle import Bundle
from deployments.models.controller import ControllerPulse
from deployments.models.deployment import Cause, Deployment, DeploymentEvent, EventKind, State
from deployments.models.env_var import EnvVar
from deployments.models.environment import Environment, Lock
from deployments.models.instance import Instance, InstanceState
from deployments.models.secret_reference import SecretReference

__all__ = [
    "App",
    "AppState",
    "Bundle",
    "Cause",
    "ControllerPulse",
    "Deployment",
    "DeploymentEvent",
    "DesiredState",
    "EnvVar",
    "Environment",
    "EventKind",
    "HostAlias",
    "Instance",
    "InstanceState",
    "Lock",
    "SecretReference",
    "State",
]
