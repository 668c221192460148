"""Runs inside an interpreter that was found: prints what the platform must know of it. Python 3.8 is enough."""

import json
import os
import platform
import sys
import sysconfig


def main(packaging_parent):
    # type: (str) -> None
    # An interpreter of another version borrows our ``packaging``, which is plain Python and supports 3.8.
    sys.path.append(packaging_parent)
    from packaging.markers import default_environment
    from packaging.tags import sys_tags

    executable = os.path.realpath(getattr(sys, "_base_executable", sys.executable) or sys.executable)
    paths = {sys.base_prefix, sys.base_exec_prefix, os.path.realpath(sys.base_prefix), os.path.dirname(executable)}
    answer = json.dumps(
        {
            "path": executable,
            "version": default_environment()["python_full_version"],
            "implementation": platform.python_implementation().lower(),
            "prefix": os.path.realpath(sys.base_prefix),
            "readonly_paths": sorted(paths),
            "platform": sysconfig.get_platform(),
            "cache_tag": sys.implementation.cache_tag,
            "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
            "markers": default_environment(),
            "tags": " ".join(str(tag) for tag in sys_tags()),
        }
    )
    # The reader cuts overlong lines.
    for start in range(0, len(answer), 4000):
        print(answer[start : start + 4000])


main(sys.argv[1])
