"""What a module-level name holds: which framework's object, found by reading assignments and imports."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from deployments.launchers.modules import Module

#: Names to ask first; the usual ones by which servers and tutorials call an app.
USUAL_NAMES = ("app", "application", "server", "demo", "api")
FACTORY_NAMES = (
    "create_app",
    "make_app",
    "get_app",
    "build_app",
    "app_factory",
    "create_application",
    "get_application",
)
#: How far a name is followed through assignments, wrappers, functions and files.
MAX_DEPTH = 20


class Interface(StrEnum):
    """How a server calls the object."""

    ASGI = "ASGI"
    WSGI = "WSGI"
    #: Dash wraps a server object and is called through it.
    DASH = "Dash"


@dataclass(frozen=True)
class Made:
    """The object behind a name: ``by`` is the framework's word for it ("FastAPI()"), ``call`` what makes it."""

    framework: str
    interface: Interface
    by: str
    call: ast.Call | None = None


#: (module or top-level package, name) of what makes an app, and what it makes.
MAKERS: dict[tuple[str, str], tuple[str, Interface]] = {
    ("fastapi", "FastAPI"): ("FastAPI", Interface.ASGI),
    ("gradio", "mount_gradio_app"): ("FastAPI", Interface.ASGI),
    ("starlette", "Starlette"): ("Starlette", Interface.ASGI),
    ("quart", "Quart"): ("Quart", Interface.ASGI),
    ("litestar", "Litestar"): ("Litestar", Interface.ASGI),
    ("blacksheep", "Application"): ("BlackSheep", Interface.ASGI),
    ("falcon.asgi", "App"): ("Falcon", Interface.ASGI),
    ("falcon", "App"): ("Falcon", Interface.WSGI),
    ("fasthtml", "FastHTML"): ("FastHTML", Interface.ASGI),
    ("connexion", "AsyncApp"): ("Connexion", Interface.ASGI),
    ("connexion", "FlaskApp"): ("Connexion", Interface.ASGI),
    ("shiny", "App"): ("Shiny", Interface.ASGI),
    ("channels", "ProtocolTypeRouter"): ("Django", Interface.ASGI),
    ("django", "get_asgi_application"): ("Django", Interface.ASGI),
    ("django", "get_wsgi_application"): ("Django", Interface.WSGI),
    ("socketio", "ASGIApp"): ("ASGI", Interface.ASGI),
    ("socketio", "WSGIApp"): ("WSGI", Interface.WSGI),
    ("a2wsgi", "WSGIMiddleware"): ("ASGI", Interface.ASGI),
    ("a2wsgi", "ASGIMiddleware"): ("WSGI", Interface.WSGI),
    ("asgiref", "WsgiToAsgi"): ("ASGI", Interface.ASGI),
    ("flask", "Flask"): ("Flask", Interface.WSGI),
    ("apiflask", "APIFlask"): ("Flask", Interface.WSGI),
    ("flask_openapi3", "OpenAPI"): ("Flask", Interface.WSGI),
    ("bottle", "Bottle"): ("Bottle", Interface.WSGI),
    ("bottle", "default_app"): ("Bottle", Interface.WSGI),
    ("dash", "Dash"): ("Dash", Interface.DASH),
}
#: Methods that make an app whatever they are called on: Pyramid, FastMCP.
MAKER_METHODS: dict[str, tuple[str, Interface]] = {
    "make_wsgi_app": ("WSGI", Interface.WSGI),
    "http_app": ("ASGI", Interface.ASGI),
    "streamable_http_app": ("ASGI", Interface.ASGI),
    "sse_app": ("ASGI", Interface.ASGI),
}
#: What wraps an app by its first argument, and keeps its interface: CORSMiddleware, ProxyFix.
WRAPPER_ENDINGS = ("Middleware", "Fix", "WhiteNoise")
Definition = ast.expr | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def held(module: Module) -> Iterator[tuple[str, Made]]:
    """The module-level names that hold an app, the usual names first."""
    resolver = _Resolver()
    names = resolver.names(module)
    usual = [name for name in USUAL_NAMES if name in names]
    for name in [*usual, *(name for name in names if name not in usual and not name.startswith("_"))]:
        made = resolver.name(module, name, MAX_DEPTH)
        if made is not None:
            yield name, made


def factories(module: Module) -> Iterator[tuple[str, Made]]:
    """The module-level functions that return an app when called without an argument."""
    resolver = _Resolver()
    for name in FACTORY_NAMES:
        for definition in resolver.names(module).get(name, ()):
            if isinstance(definition, ast.FunctionDef) and not _needs_arguments(definition):
                made = resolver.made_inside(module, definition, MAX_DEPTH)
                if made is not None:
                    yield name, made


@dataclass(frozen=True)
class _Resolver:
    """Follows names; each is looked at once, so a hostile tangle of them ends."""

    _names: dict[str, dict[str, list[Definition]]] = field(default_factory=dict)
    _imports: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)
    _made: dict[tuple[str, str], Made | None] = field(default_factory=dict)

    def names(self, module: Module) -> dict[str, list[Definition]]:
        """What each module-level name is given, in order; an imported name is given nothing here."""
        if module.path not in self._names:
            names: dict[str, list[Definition]] = {name: [] for name in self.imports(module) if name in USUAL_NAMES}
            for name, definition in _definitions(module.body):
                names.setdefault(name, []).append(definition)
            self._names[module.path] = names
        return self._names[module.path]

    def imports(self, module: Module) -> dict[str, tuple[str, str]]:
        """Local name to (absolute module, name in it or "")."""
        if module.path not in self._imports:
            self._imports[module.path] = dict(_imports(module))
        return self._imports[module.path]

    def name(self, module: Module, name: str, depth: int) -> Made | None:
        """What ``name`` holds at the end of the module."""
        key = (module.path, name)
        if key not in self._made:
            self._made[key] = None  # ``app = Wrapper(app)`` asks for itself: then the assignment before it counts
            self._made[key] = self._look_up(module, name, depth)
        return self._made[key]

    def made_inside(self, module: Module, function: ast.FunctionDef, depth: int) -> Made | None:
        """The first app that a function's body makes."""
        key = (module.path, f"{function.name}() in line {function.lineno}")
        if key not in self._made:
            self._made[key] = None
            self._made[key] = self._search(module, function, depth)
        return self._made[key]

    def _search(self, module: Module, function: ast.FunctionDef, depth: int) -> Made | None:
        calls = (node for node in ast.walk(function) if isinstance(node, ast.Call))
        return next((made for call in calls if (made := self._call(module, call, depth - 1)) is not None), None)

    def _look_up(self, module: Module, name: str, depth: int) -> Made | None:
        if depth <= 0:
            return None
        for definition in reversed(self.names(module).get(name, [])):
            made = self._definition(module, definition, depth - 1)
            if made is not None:
                return made
        if name in self.imports(module):
            origin, original = self.imports(module)[name]
            other = module.source.imported(module.root, origin)
            if other is not None and other.path != module.path:
                return self.name(other, original, depth - 1)
        return None

    def _definition(self, module: Module, definition: Definition, depth: int) -> Made | None:
        if isinstance(definition, ast.FunctionDef | ast.AsyncFunctionDef):
            return _called_by_a_server(definition)
        if isinstance(definition, ast.ClassDef):
            return None  # a class is no app until it is called
        return self._value(module, definition, depth)

    def _value(self, module: Module, value: ast.expr, depth: int) -> Made | None:
        if depth <= 0:
            return None
        if isinstance(value, ast.Call):
            return self._call(module, value, depth)
        if isinstance(value, ast.Name):
            return self.name(module, value.id, depth - 1)
        if isinstance(value, ast.Attribute):
            return self._attribute(module, value, depth)
        return None

    def _attribute(self, module: Module, value: ast.Attribute, depth: int) -> Made | None:
        owner = self._value(module, value.value, depth - 1)
        if owner is None:
            return None
        if value.attr == "server" and owner.interface is Interface.DASH:
            return owner
        return owner if value.attr in ("wsgi_app", "asgi_app") else None

    def _call(self, module: Module, call: ast.Call, depth: int) -> Made | None:
        if depth <= 0:
            return None
        origin, name = self._callee(module, call.func)
        maker = MAKERS.get((origin, name)) or MAKERS.get((origin.split(".")[0], name))
        if maker is not None:
            return Made(*maker, by=f"{name}()", call=call)
        if isinstance(call.func, ast.Attribute) and name in MAKER_METHODS:
            return Made(*MAKER_METHODS[name], by=f"{name}()")
        own = self._made_by_own(module, origin, name, depth - 1)
        if own is not None:
            return own
        wraps = call.args and name.endswith(WRAPPER_ENDINGS)
        return self._value(module, call.args[0], depth - 1) if wraps else None

    def _made_by_own(self, module: Module, origin: str, name: str, depth: int) -> Made | None:
        """The source's own function or class of that name, here or in the file it is imported from."""
        home = module if not origin else module.source.imported(module.root, origin)
        if home is None:
            return None
        for definition in reversed(self.names(home).get(name, [])):
            if isinstance(definition, ast.FunctionDef):
                return self.made_inside(home, definition, depth)
            if isinstance(definition, ast.ClassDef):
                return self._instance(home, definition)
        if depth > 0 and name in self.imports(home):
            return self._made_by_own(home, *self.imports(home)[name], depth - 1)
        return None

    def _instance(self, module: Module, definition: ast.ClassDef) -> Made | None:
        for base in definition.bases:
            origin, name = self._callee(module, base)
            maker = MAKERS.get((origin, name)) or MAKERS.get((origin.split(".")[0], name))
            if maker is not None:
                return Made(*maker, by=f"{definition.name}()")
        for method in definition.body:
            if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef) and method.name == "__call__":
                return _called_by_a_server(method)
        return None

    def _callee(self, module: Module, func: ast.expr) -> tuple[str, str]:
        """(absolute module, name) of what is called: ("fastapi", "FastAPI"); ("", name) for the module's own."""
        attributes: list[str] = []
        while isinstance(func, ast.Attribute):
            attributes.insert(0, func.attr)
            func = func.value
        if not isinstance(func, ast.Name):
            return "?", attributes[-1] if attributes else ""
        origin, original = self.imports(module).get(func.id, ("", func.id))
        if not origin and not attributes and func.id not in self.names(module):
            origin = self._star_import(module, func.id)
        *parents, name = [part for part in (original, *attributes) if part] or [""]
        return ".".join(part for part in (origin, *parents) if part), name

    def _star_import(self, module: Module, name: str) -> str:
        packages = {package for package, maker in MAKERS if maker == name}
        return next((package for package in packages if f"*{package}" in self.imports(module)), "")


def _definitions(body: list[ast.stmt] | tuple[ast.stmt, ...]) -> Iterator[tuple[str, Definition]]:
    pending = list(reversed(body))
    while pending:
        statement = pending.pop()
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield statement.name, statement
        elif isinstance(statement, ast.Assign):
            yield from _assigned(statement)
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value:
            yield statement.target.id, statement.value
        elif isinstance(statement, ast.If) and not _is_main_guard(statement):
            pending += reversed([*statement.body, *statement.orelse])
        elif isinstance(statement, ast.Try):
            pending += reversed([*statement.body, *(s for h in statement.handlers for s in h.body), *statement.orelse])
        elif isinstance(statement, ast.With):
            pending += reversed(statement.body)


def _assigned(statement: ast.Assign) -> Iterator[tuple[str, ast.expr]]:
    for target in statement.targets:
        if isinstance(target, ast.Name):
            yield target.id, statement.value


def _is_main_guard(statement: ast.If) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(statement.test))


def _imports(module: Module) -> Iterator[tuple[str, tuple[str, str]]]:
    for statement in module.import_statements():
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                # ``import a.b`` binds a; ``import a.b as c`` binds a.b.
                bound = alias.name if alias.asname else alias.name.split(".")[0]
                yield alias.asname or bound, (bound, "")
        else:
            origin = _absolute(module, statement)
            for alias in statement.names:
                star = alias.name == "*"
                local = f"*{origin.split('.')[0]}" if star else alias.asname or alias.name
                yield local, (origin, "" if star else alias.name)


def _absolute(module: Module, statement: ast.ImportFrom) -> str:
    if not statement.level:
        return statement.module or ""
    package = module.name.split(".")
    up = statement.level - (1 if module.path.endswith("__init__.py") else 0)
    return ".".join([*package[: len(package) - up], *([statement.module] if statement.module else [])])


def _needs_arguments(function: ast.FunctionDef) -> bool:
    arguments = function.args
    positional = len(arguments.posonlyargs) + len(arguments.args)
    return positional > len(arguments.defaults) or any(default is None for default in arguments.kw_defaults)


def _called_by_a_server(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Made | None:
    names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    names = names[1:] if names[:1] == ["self"] else names
    if isinstance(function, ast.AsyncFunctionDef) and names == ["scope", "receive", "send"]:
        return Made("ASGI", Interface.ASGI, by="an ASGI function")
    if isinstance(function, ast.FunctionDef) and len(names) == 2 and names[1] == "start_response":
        return Made("WSGI", Interface.WSGI, by="a WSGI function")
    return None
