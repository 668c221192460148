from hypothesis import given
from hypothesis import strategies as st

from workspaces import slugs


class TestToLabel:
    def test_keeps_what_is_ascii(self) -> None:
        assert slugs.to_label("Año, Nuevo!") == "ano-nuevo"

    @given(st.text())
    def test_gives_a_label_or_nothing(self, text: str) -> None:
        label = slugs.to_label(text)

        assert label == "" or slugs.LABEL.fullmatch(label)


class TestHostLabel:
    def test_joins_app_and_workspace(self) -> None:
        assert slugs.host_label("hello", "demo", set()) == "hello-demo"

    def test_counts_up_on_a_collision(self) -> None:
        assert slugs.host_label("hello", "demo", {"hello-demo", "hello-demo-2"}) == "hello-demo-3"

    def test_stays_within_a_label_when_both_are_long(self) -> None:
        label = slugs.host_label("a" * 63, "b" * 40, {("a" * 63)})

        assert len(label) <= slugs.MAX_LABEL
        assert slugs.is_label(label)
