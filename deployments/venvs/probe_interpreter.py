"""Runs inside an interpreter that was found: prints what the platform must know of it. Python 3.8 is enough."""

import json
import os
import platform
import sys
import sysconfig


def main() -> None:
    executable = os.path.realpath(getattr(sys, "_base_executable", sys.executable) or sys.executable)
    markers = {
        "implementation_name": sys.implementation.name,
        "implementation_version": platform.python_version(),
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": platform.python_version(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "sys_platform": sys.platform,
    }
    answer = {
        "path": executable,
        "version": platform.python_version(),
        "prefix": os.path.realpath(sys.base_prefix),
        "readonly_paths": sorted({sys.base_prefix, sys.base_exec_prefix, os.path.realpath(sys.base_prefix)}),
        "platform": sysconfig.get_platform(),
        "cache_tag": sys.implementation.cache_tag,
        "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        "markers": markers,
    }
    print(json.dumps(answer))


main()
