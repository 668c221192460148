import ast

import pytest

from deployments.launchers.parsing import NotPythonError, statements


class TestStatements:
    def test_leaves_out_only_what_it_cannot_read(self):
        text = (
            b"import a\n\ntype X = int\n\n@decorated\ndef f(\n    x,\n):\n    return x\n\nif x:\n    y\nelse:\n    z\n"
        )

        kinds = [type(statement) for statement in statements(text)]

        assert kinds == [ast.Import, ast.FunctionDef, ast.If]

    @pytest.mark.parametrize("text", [b"\0", b"\xff\xfe", b"(" * 5000, b"x = (", b"# coding: nonsense\n("])
    def test_refuses_what_is_not_python(self, text):
        with pytest.raises(NotPythonError):
            statements(text)

    def test_honours_the_declared_encoding(self):
        assert len(statements("# coding: latin-1\nx = 'é'\n".encode("latin-1"))) == 1
