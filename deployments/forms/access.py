"""Who may use an app."""

from typing import Any

from django import forms

from deployments.models import Access
from deployments.operations.access import AccessList


class AccessForm(forms.Form):
    """Whether each of them exists is decided by ``operations.access``."""

    access = forms.ChoiceField(choices=Access.choices, widget=forms.RadioSelect)
    users = forms.CharField(
        label="People",
        required=False,
        max_length=200_000,
        widget=forms.Textarea(
            attrs={"rows": 5, "placeholder": "ann@example.org", "autocapitalize": "none", "spellcheck": "false"}
        ),
        help_text="E-mail addresses of members, one in each line. Kept while access is another.",
    )
    groups = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, groups: list[tuple[str, str]], *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        field = self.fields["groups"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = groups

    @classmethod
    def of(cls, groups: list[tuple[str, str]], listed: AccessList) -> "AccessForm":
        people = "\n".join(listed.users)
        return cls(groups, initial={"access": listed.access, "users": people, "groups": list(listed.groups)})

    def clean_users(self) -> list[str]:
        return str(self.cleaned_data["users"]).replace(",", " ").split()
