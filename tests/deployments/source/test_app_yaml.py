import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deployments.failures import Failure, FailureKind
from deployments.source.app_yaml import read_app_yaml
from deployments.source.spec import EnvEntry


@pytest.fixture
def read(tmp_path):
    def read_text(text: str | bytes):
        (tmp_path / "app.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_app_yaml(tmp_path)

    return read_text


@pytest.fixture
def refusal(read):
    def refuse(text: str | bytes) -> Failure:
        with pytest.raises(Failure) as caught:
            read(text)
        assert caught.value.kind is FailureKind.BAD_APP_YAML
        assert "app.yaml" in caught.value.message
        return caught.value

    return refuse


class TestReadAppYaml:
    def test_reads_a_whole_file(self, read):
        app_yaml = read(
            "command: [uvicorn, 'main:app', --port, $PORT]\n"
            "env:\n  - name: LOG_LEVEL\n    value: debug\n  - name: DB_URL\n    valueFrom: db-url\n"
        )

        assert app_yaml.command == ("uvicorn", "main:app", "--port", "$PORT")
        assert app_yaml.env == (EnvEntry("LOG_LEVEL", value="debug"), EnvEntry("DB_URL", value_from="db-url"))
        assert app_yaml.notices == ()

    def test_is_none_without_a_file(self, tmp_path):
        assert read_app_yaml(tmp_path) is None

    @pytest.mark.parametrize("text", ["", "\n# nothing yet\n", "---\n", "~"])
    def test_takes_an_empty_file_for_nothing_said(self, read, text):
        assert read(text).command is None

    def test_reads_app_yml_too(self, tmp_path):
        (tmp_path / "app.yml").write_text("command: [python, app.py]")

        assert read_app_yaml(tmp_path).command == ("python", "app.py")

    def test_prefers_app_yaml_with_a_notice(self, tmp_path):
        (tmp_path / "app.yml").write_text("command: [python, other.py]")
        (tmp_path / "app.yaml").write_text("command: [python, app.py]")

        app_yaml = read_app_yaml(tmp_path)

        assert app_yaml.command == ("python", "app.py")
        assert app_yaml.notices == ("Both app.yaml and app.yml exist; app.yml is ignored.",)

    def test_reads_a_byte_order_mark_and_windows_lines(self, read):
        assert read(b"\xef\xbb\xbfcommand:\r\n  - python\r\n  - app.py\r\n").command == ("python", "app.py")

    def test_ignores_a_file_that_is_a_link_out(self, tmp_path):
        (tmp_path / "source").mkdir()
        (tmp_path / "secret").write_text("command: [cat]")
        (tmp_path / "source" / "app.yaml").symlink_to(tmp_path / "secret")

        assert read_app_yaml(tmp_path / "source") is None

    def test_notes_unknown_keys_and_what_they_may_mean(self, read):
        notices = read("comand: [x]\nversion: 1\n").notices

        assert "'comand' is not known and was ignored. Did you mean 'command'?" in notices[0]
        assert "'version' is not known" in notices[1]


class TestCommand:
    def test_splits_a_string_and_says_so(self, read):
        app_yaml = read("command: streamlit run 'my app.py'\n")

        assert app_yaml.command == ("streamlit", "run", "my app.py")
        assert "split into 3 words" in app_yaml.notices[0]

    def test_turns_numbers_into_text_as_written(self, read):
        assert read("command: [serve, --port, 8000, --ratio, 1.10, yes]").command == (
            "serve", "--port", "8000", "--ratio", "1.10", "yes",
        )  # fmt: skip

    @pytest.mark.parametrize(
        "value", ["", "[]", "''", "[' ']", "{a: b}", "[[a]]", "[a, {b: c}]", "[a, null]", '"it\'s"']
    )
    def test_refuses_what_is_no_command(self, refusal, value):
        failure = refusal(f"command: {value}\n")

        assert "line 1" in failure.message
        assert failure.hint

    def test_notes_operators_of_a_shell(self, read):
        assert "without a shell, so && are" in read("command: pip install x && python app.py").notices[1]

    def test_notes_variables_that_are_not_filled_in(self, read):
        assert "not $HOME" in read("command: [serve, '$HOME/x', $PORT]").notices[0]

    def test_lets_a_shell_be_started_knowingly(self, read):
        assert read("command: [bash, -c, 'a && b $HOME', '&&']").notices == ()


class TestEnv:
    @pytest.mark.parametrize(
        ("written", "text"),
        [("8080", "8080"), ("true", "true"), ("1.10", "1.10"), ("0123", "0123"), ("no", "no"), ("'x: y'", "x: y"),
         ("2024-01-02", "2024-01-02"), ("''", ""), ("1_000", "1_000"), ("=", "=")],
    )  # fmt: skip
    def test_keeps_values_as_they_were_written(self, read, written, text):
        assert read(f"env:\n- name: X\n  value: {written}\n").env == (EnvEntry("X", value=text),)

    @pytest.mark.parametrize("name", ["1A", "A-B", "A B", "''", "A=B", "É", "'A\\n'", '"A\\0"'])
    def test_refuses_names_that_no_environment_takes(self, refusal, name):
        refusal(f"env: [{{name: {name}, value: x}}]")

    @pytest.mark.parametrize("name", ["PORT", "DATABRICKS_APP_PORT", "SLIPWAY_HOME", "SLIPWAY_"])
    def test_refuses_names_of_the_platform(self, refusal, name):
        failure = refusal(f"env: [{{name: {name}, value: x}}]")

        assert f"{name} in app.yaml, line 1, is set by the platform" in failure.message

    def test_refuses_a_name_set_twice(self, refusal):
        failure = refusal("env:\n- name: A\n  value: x\n- name: A\n  value: y\n")

        assert "sets A twice, again in line 4" in failure.message

    @pytest.mark.parametrize(
        "entry",
        [
            "{value: x}",
            "{name: A}",
            "{name: A, value: x, valueFrom: y}",
            "{name: A, value: null}",
            "{name: A, value: [x]}",
            "{name: A, value: {b: c}}",
            "{name: A, valueFrom: ''}",
            "A=x",
            "[A, x]",
            "{name: A, value: !!binary eA==}",
            "{name: A, value: !!python/object:os.system x}",
            '{name: A, value: "a\\0b"}',
        ],
    )
    def test_refuses_entries_that_say_no_value(self, refusal, entry):
        assert "line 1" in refusal(f"env: [{entry}]").message

    @pytest.mark.parametrize("env", ["{A: x}", "A=x", "1"])
    def test_refuses_an_env_that_is_no_list_and_shows_one(self, refusal, env):
        assert "- name:" in refusal(f"env: {env}").hint

    def test_names_the_key_that_was_meant(self, read):
        assert "'valuefrom' is not known and was ignored. Did you mean 'valueFrom'?" in str(
            read("env: [{name: A, value: x, valuefrom: y}]").notices
        )


class TestHostileYaml:
    def test_says_line_and_column_of_an_error(self, refusal):
        assert "in line 3, column 4: " in refusal("env: []\ncommand: [a\nenv: 2\n").message

    def test_refuses_a_tab(self, refusal):
        assert "line 2, column 1" in refusal("env:\n\t- name: A\n").message

    def test_refuses_aliases(self, refusal):
        bomb = "a: &a [x,x]\n" + "".join(
            f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)},*{chr(97 + n)}]\n" for n in range(20)
        )

        assert "uses the alias '*a', in line 2" in refusal(bomb).message

    @pytest.mark.parametrize("text", ["[" * 5000, "a: " + "{b: " * 5000, "- " * 5000])
    def test_refuses_deep_nesting(self, refusal, text):
        assert "nested" in refusal(text).message

    def test_refuses_a_repeated_key(self, refusal):
        assert "'command' twice, again in line 2" in refusal("command: [a]\ncommand: [b]\n").message

    def test_refuses_two_documents(self, refusal):
        assert "not valid YAML" in refusal("command: [a]\n---\ncommand: [b]\n").message

    def test_refuses_a_huge_file(self, refusal):
        assert "larger than 64 KiB" in refusal("#" * 65537).message

    def test_refuses_what_is_not_utf8(self, refusal):
        assert "not UTF-8 text, in line 2" in refusal(b"env: []\ncommand: [caf\xe9]\n").message

    @pytest.mark.parametrize(
        "text", ["command: [a\x00]", "\x01", "- a", "just text", "!!python/object/new:os.system [ls]"]
    )
    def test_refuses_what_makes_no_sense(self, refusal, text):
        refusal(text)

    @settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(text=st.text(alphabet="commandevlu:-[]{}&*!?|>'\"#%\n\t $0~<,é\x1b\\", max_size=200))
    def test_reads_or_refuses_whatever_comes(self, tmp_path, text):
        (tmp_path / "app.yaml").write_text(text)
        message = "read."

        try:
            read_app_yaml(tmp_path)
        except Failure as failure:
            message = failure.message

        assert message.isprintable()
        assert message.endswith(".")
