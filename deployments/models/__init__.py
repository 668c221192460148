from deployments.models.access import AppAccess
from deployments.models.app import Access, App, AppState, DesiredState, HostAlias, Scaling
from deployments.models.base_image import BaseImage, BaseImageLock, BaseImageVersion
from deployments.models.bundle import Bundle
from deployments.models.controller import ControllerPulse
from deployments.models.deployment import Cause, Deployment, DeploymentEvent, EventKind, State
from deployments.models.env_var import EnvVar
from deployments.models.environment import Environment, Lock, Restoration
from deployments.models.index_preview import IndexPreview, IndexPreviewResult
from deployments.models.instance import Instance, InstanceState
from deployments.models.lock_entry import LockEntry
from deployments.models.opt_out_preview import OptOutPreview, OptOutState
from deployments.models.sample import Sample
from deployments.models.secret_reference import SecretReference
from deployments.models.upload import Upload
from deployments.models.visit import AppVisit, EntryCode
from deployments.models.workspace_file import FileKind, FileUsage, WorkspaceFile

__all__ = [
    "Access",
    "App",
    "AppAccess",
    "AppState",
    "AppVisit",
    "BaseImage",
    "BaseImageLock",
    "BaseImageVersion",
    "Bundle",
    "Cause",
    "ControllerPulse",
    "Deployment",
    "DeploymentEvent",
    "DesiredState",
    "EntryCode",
    "EnvVar",
    "Environment",
    "EventKind",
    "FileKind",
    "FileUsage",
    "HostAlias",
    "IndexPreview",
    "IndexPreviewResult",
    "Instance",
    "InstanceState",
    "Lock",
    "LockEntry",
    "OptOutPreview",
    "OptOutState",
    "Restoration",
    "Sample",
    "Scaling",
    "SecretReference",
    "State",
    "Upload",
    "WorkspaceFile",
]
