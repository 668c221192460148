"""What the supervisord of the instances reads: its own file, and one per instance."""

import shlex
from pathlib import Path

from deployments.engines.local.folders import Folder
from deployments.engines.local.settings import LocalSettings

LAUNCH = Path(__file__).with_name("launch.py")

CONFIGURATION = """\
[supervisord]
nodaemon=true
silent=true
pidfile=engine.pid
logfile=engine.log
logfile_maxbytes=5MB
logfile_backups=1
loglevel=warn
minfds={open_files}
identifier=instances

[unix_http_server]
file={socket}
chmod=0600

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[rpcinterface:instances]
supervisor.rpcinterface_factory = deployments.engines.local.supervisor_plugin:make

[include]
files = */program.conf
"""

#: All that is the tenant's lies in launch.json: nothing a tenant gives can spoil this file, for itself or for others.
#: A crash within startsecs is followed by growing pauses, a later one by a start at once.
PROGRAM = """\
[program:{name}]
command={command}
directory=/
autostart=false
autorestart=true
startsecs=10
startretries=1000000000
stopsignal=TERM
stopasgroup=true
killasgroup=true
stopwaitsecs=15
umask=022
stdout_logfile=NONE
stderr_logfile=NONE
"""


def main_text(settings: LocalSettings, open_files: int) -> str:
    return CONFIGURATION.format(open_files=open_files, socket=_escaped(str(settings.socket)))


def program_text(settings: LocalSettings, folder: Folder) -> str:
    """The part of the configuration that is about one instance."""
    argv = [
        "/usr/bin/setpriv", "--pdeathsig", "KILL", "--",
        str(settings.python), "-I", "-S", str(LAUNCH), str(folder.path),
    ]  # fmt: skip
    # What shlex puts in single quotes may still begin a comment for supervisord.
    quoted = shlex.join(argv).replace(";", "'\";\"'").replace("#", "'\"#\"'")
    return PROGRAM.format(name=folder.instance_id, command=_escaped(quoted))


def _escaped(text: str) -> str:
    return text.replace("%", "%%")
