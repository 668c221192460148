"""The form of the default package repositories."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from packagerepos import drafts
from packagerepos.asking import ANY_PACKAGE
from packagerepos.index_settings import CERTIFICATES, EXTRA_INDEX_URLS, INDEX_URL
from packagerepos.indexes import IndexStrategy
from packagerepos.operations.repositories import Repositories, Wanted
from workspaces.errors import PlatformError

STRATEGIES = [(str(IndexStrategy.FIRST_MATCH), "First match"), (str(IndexStrategy.BEST_MATCH), "Best match")]
STRATEGIES_MEAN = (
    "First match: the first index that knows a name decides, so no public package can replace an internal one. "
    "Best match: the best version of all indexes is taken, wherever it lies, as pip does."
)
FIELDS = {INDEX_URL: "index_url", EXTRA_INDEX_URLS: "extra_index_urls", CERTIFICATES: "certificates"}
QUIET = {"spellcheck": "false", "autocomplete": "off", "autocapitalize": "none"}
MASKED = "*** stands for a login that is saved; left as it is, it is kept."


class RepositoriesForm(forms.Form):
    index_url = forms.CharField(
        label="Index URL",
        required=False,
        max_length=2048,
        help_text=f"Instead of the site's own index. {MASKED}",
        widget=UnfoldAdminTextInputWidget(
            attrs={**QUIET, "placeholder": "https://user:password@packages.example.com/simple"}
        ),
    )
    extra_index_urls = forms.CharField(
        label="Extra index URLs",
        required=False,
        max_length=65_536,
        help_text="One a line, the most trusted first. All of them stand above the index URL.",
        widget=UnfoldAdminTextareaWidget(attrs={**QUIET, "rows": 3}),
    )
    certificates = forms.CharField(
        label="Certificates",
        required=False,
        max_length=131_072,
        help_text="In PEM form, trusted besides the public ones.",
        widget=UnfoldAdminTextareaWidget(
            attrs={**QUIET, "rows": 5, "placeholder": "-----BEGIN CERTIFICATE-----", "style": "font-family: monospace"}
        ),
    )
    strategy = forms.ChoiceField(
        label="When several indexes know a name",
        choices=STRATEGIES,
        help_text=STRATEGIES_MEAN,
        widget=UnfoldAdminRadioSelectWidget(),
    )
    package = forms.CharField(
        label="Package to ask for",
        required=False,
        max_length=100,
        widget=UnfoldAdminTextInputWidget(attrs={**QUIET, "placeholder": ANY_PACKAGE}),
    )

    @classmethod
    def of(cls, found: Repositories) -> "RepositoriesForm":
        return cls(
            initial={
                "index_url": found.index_url,
                "extra_index_urls": "\n".join(found.extra_index_urls),
                "certificates": found.certificates,
                "strategy": str(found.strategy),
            }
        )

    @property
    def typed(self) -> list[str]:
        """Every address as it was typed."""
        return [*self.data.get("index_url", "").split(), *self.data.get("extra_index_urls", "").split()]

    def wanted(self, earlier: list[str]) -> Wanted:
        """What was typed; ``earlier`` are the addresses that a page before carried."""
        values = self.cleaned_data
        return Wanted(
            index_url=values["index_url"],
            extra_index_urls=values["extra_index_urls"].split(),
            certificates=values["certificates"],
            strategy=values["strategy"],
            typed_before=earlier,
        )

    def refuse(self, error: PlatformError) -> None:
        """Show the operation's sentence at the field that it names."""
        key, colon, rest = error.message.partition(": ")
        name = FIELDS.get(key) if colon else None
        self.add_error(name, f"{rest if name else error.message} {error.hint}".strip())

    def without_logins(self) -> None:
        """What was typed, as a page may show it again."""
        data = {name: value for name, value in self.data.items() if name in self.fields}
        data["index_url"] = drafts.shown(data.get("index_url", "").strip())
        lines = data.get("extra_index_urls", "").splitlines()
        data["extra_index_urls"] = "\n".join(" ".join(map(drafts.shown, line.split())) for line in lines)
        if "PRIVATE KEY" in data.get("certificates", ""):
            data["certificates"] = ""
        self.data: Any = data
