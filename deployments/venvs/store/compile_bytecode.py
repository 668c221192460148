"""Runs in the interpreter that byte-code is for (3.8 or newer), in the sandbox: compiles listed sources.

Input: a JSON list of ``[source path, sha256 of the source, folder and stem of the result]``. A source that
is not what its hash says is left out; one that does not compile leaves an empty ``.bad`` file.
"""

import hashlib
import importlib.util
import json
import marshal
import os
import sys
import warnings


def main(list_path: str) -> None:
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(10000)
    with open(list_path) as file:
        jobs = json.load(file)
    workers = max(1, min(os.cpu_count() or 1, len(jobs) // 50))
    children = []
    for number in range(1, workers):
        child = os.fork()
        if child == 0:
            compile_all(jobs[number::workers])
            os._exit(0)
        children.append(child)
    compile_all(jobs[0::workers])
    for child in children:
        os.waitpid(child, 0)


def compile_all(jobs: list) -> None:  # type: ignore[type-arg]  # Python 3.8 has no list[str]
    for source, digest, target in jobs:
        with open(source, "rb") as file:
            text = file.read()
        if hashlib.sha256(text).hexdigest() != digest:
            continue
        try:
            code = compile(text, os.path.basename(source), "exec", dont_inherit=True, optimize=-1)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            write(target + ".bad", b"")
            continue
        # Flag 1: hash-based and never checked again, so the times of hard-linked files do not matter (PEP 552).
        header = importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little") + importlib.util.source_hash(text)
        write(target + ".pyc", header + marshal.dumps(code))


def write(path: str, data: bytes) -> None:
    with open(path + ".new", "wb") as file:
        file.write(data)
    os.replace(path + ".new", path)


main(sys.argv[1])
