"""Where packages come from, and which are installed."""

from pathlib import Path

from config import env

#: The scope that holds a workspace's default package repositories; Databricks' clients know it under this name.
PACKAGE_SCOPE = env.text("SLIPWAY_PACKAGE_SCOPE", "databricks-package-management")
#: Where pip's own configuration lies on this machine; what stands there holds for every build, the later file winning.
PIP_CONF = env.paths("SLIPWAY_PIP_CONF") or (Path("/etc/xdg/pip/pip.conf"), Path("/etc/pip.conf"))
#: As every program of the machine reads them: how builds reach indexes.
HTTPS_PROXY = env.text("HTTPS_PROXY", env.text("https_proxy", ""))
HTTP_PROXY = env.text("HTTP_PROXY", env.text("http_proxy", ""))
NO_PROXY = env.text("NO_PROXY", env.text("no_proxy", ""))
#: host:port of this machine or of its links that indexes may be reached at all the same: nothing else there may.
ALLOWED_INTERNAL = env.words("SLIPWAY_ALLOWED_INTERNAL")

#: Whether builds install what sources ask for; an app and its bundle may say otherwise.
ENVIRONMENT_MANAGEMENT = env.flag("SLIPWAY_ENVIRONMENT_MANAGEMENT", default=True)
#: External packages: missing ones stop the start, and only the very version that is asked for is used.
EXTERNALS_CHECK_IS_FATAL = env.flag("SLIPWAY_EXTERNALS_CHECK_IS_FATAL", default=True)
EXTERNAL_VERSION_MATCHING = env.flag("SLIPWAY_EXTERNAL_VERSION_MATCHING")
#: What happens to a build that asks for a prohibited package, where the workspace says nothing.
PROHIBITED_ACTION = env.choice("SLIPWAY_PROHIBITED_ACTION", "drop", among=("drop", "refuse"))
