"""An app that gets another owner, or goes."""

from typing import Any

from django import forms

from deployments.models import App
from workspaces.models import Membership


class HandOverForm(forms.Form):
    """To another member of the app's workspace."""

    owner = forms.ChoiceField(label="New owner", error_messages={"required": "Choose a member."})

    def __init__(self, members: list[Membership], *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        field = self.fields["owner"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(member.user.uuid), member.user.email) for member in members]


class DeletionForm(forms.Form):
    """The name, typed again: the one thing that nobody does by accident."""

    name = forms.CharField(
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"})
    )

    def __init__(self, app: App, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._app = app
        self.fields["name"].label = f"Type {app.name} to delete it"
        self.fields["name"].error_messages["required"] = f"Type {app.name} to confirm."

    def clean_name(self) -> str:
        if self.cleaned_data["name"] != self._app.name:
            raise forms.ValidationError(f"This is not the name. Type {self._app.name} to confirm.")
        return self._app.name
