"""What each round deploys: an app whose packages nobody has seen before, so that each is fetched and unpacked."""

from tests.private_index import PrivateIndex

MODULES = 150
PARTS = 40

APP = """
import http.server, importlib, json, os, pkgutil
import faultcore, faultdata, faultbuilt

class Told(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        names = [found.name for found in pkgutil.iter_modules(faultcore.__path__)]
        modules = [importlib.import_module("faultcore." + name) for name in names]
        told = {"core": faultcore.VERSION, "data": faultdata.VERSION, "built": faultbuilt.VERSION,
                "modules": sum(module.N for module in modules), "parts": len(faultdata.parts())}
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Told).serve_forever()
"""

DATA = """
from pathlib import Path
VERSION = {version!r}
def parts():
    return [path for path in (Path(__file__).parent / "large").iterdir() if path.stat().st_size == 200_000]
"""

#: Builds without anything from an index, and takes a moment, as builds do.
BACKEND = """
import time, zipfile
NAME, VERSION = "faultbuilt", {version!r}

def build_wheel(folder, config_settings=None, metadata_directory=None):
    time.sleep(0.5)
    about = f"{{NAME}}-{{VERSION}}.dist-info"
    contents = {{
        f"{{NAME}}.py": f"VERSION = {{VERSION!r}}\\n",
        f"{{about}}/METADATA": f"Metadata-Version: 2.1\\nName: {{NAME}}\\nVersion: {{VERSION}}\\n",
        f"{{about}}/WHEEL": "Wheel-Version: 1.0\\nGenerator: faults\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }}
    contents[f"{{about}}/RECORD"] = "".join(f"{{member}},,\\n" for member in [*contents, f"{{about}}/RECORD"])
    name = f"{{NAME}}-{{VERSION}}-py3-none-any.whl"
    with zipfile.ZipFile(f"{{folder}}/{{name}}", "w") as archive:
        for member, text in contents.items():
            archive.writestr(member, text)
    return name
"""
PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


def publish(index: PrivateIndex, version: str) -> None:
    """Many small modules, and a folder large enough to be mounted into the sandbox instead of linked."""
    modules = {f"faultcore/m{number}.py": f"N = {number}\n" * 20 for number in range(MODULES)}
    index.add("faultcore", version, files={"faultcore/__init__.py": f"VERSION = {version!r}\n", **modules})
    parts = {f"faultdata/large/{number}.txt": f"{version:>20}" * 10_000 for number in range(PARTS)}
    index.add(
        "faultdata",
        version,
        needs=("faultcore",),
        files={"faultdata/__init__.py": DATA.format(version=version), **parts},
    )


def source(version: str) -> dict[str, str | bytes]:
    return {
        "app.py": APP,
        "app.yaml": "command: [python, app.py]\n",
        "requirements.txt": f"faultdata=={version}\nfaultcore=={version}\n./built\n",
        "built/pyproject.toml": PYPROJECT,
        "built/backend.py": BACKEND.format(version=version),
    }


def told_by(version: str) -> dict[str, str | int]:
    """What the app answers if every file of its environment is there and right."""
    return {"core": version, "data": version, "built": version, "modules": sum(range(MODULES)), "parts": PARTS}
