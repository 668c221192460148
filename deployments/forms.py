"""What people type: the name of a new app, its settings, and its name again before it is deleted."""

import shlex
from typing import Any

from django import forms

from deployments.models import App
from deployments.operations import apps
from workspaces import slugs


class NewAppForm(forms.Form):
    name = forms.CharField(
        max_length=slugs.MAX_LABEL,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
        ),
        error_messages={"required": "Give the app a name.", "max_length": "A name has at most 63 characters."},
    )

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if problem := problem_with_name(name):
            raise forms.ValidationError(problem)
        return name


def problem_with_name(name: str) -> str:
    """What is wrong with the form of a name, and the nearest good one; empty when nothing is."""
    if name in apps.RESERVED:
        return f"“{name}” is a word of Slipway's own. Choose another name."
    if slugs.is_label(name):
        return ""
    nearest = slugs.to_label(name)
    better = f" “{nearest}” would do." if slugs.is_label(nearest) and nearest not in apps.RESERVED else ""
    return f"Use lower-case letters, digits and single hyphens, with no hyphen at either end.{better}"


class SettingsForm(forms.Form):
    """The fields carry the names of the app's own. What each may be is decided by ``operations.apps``."""

    title = forms.CharField(required=False, max_length=200, help_text="Shown beside the name.")
    command = forms.CharField(
        required=False,
        max_length=8000,
        widget=forms.TextInput(attrs={"class": "code", "spellcheck": "false", "placeholder": "chosen from the source"}),
        help_text="Starts the app, without a shell. Use $PORT where the port belongs. "
        "Empty: what app.yaml says, or what Slipway finds in the source.",
    )
    readiness_path = forms.CharField(
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"class": "code", "spellcheck": "false", "placeholder": "/healthz"}),
        help_text="Traffic moves once this path answers 2xx or 3xx. Empty: once the port answers.",
    )
    startup_s = forms.FloatField(
        label="Must stay alive for", help_text="Seconds before a new instance is trusted.", localize=False
    )
    start_timeout_s = forms.FloatField(label="Must answer within", help_text="Seconds until a start is given up.")
    instances = forms.IntegerField(
        min_value=1,
        max_value=apps.MAX_INSTANCES,
        help_text=f"Processes that share the traffic, up to {apps.MAX_INSTANCES}. Takes effect at once.",
    )

    @classmethod
    def of(cls, app: App) -> "SettingsForm":
        return cls(
            initial={name: getattr(app, name) for name in cls.base_fields} | {"command": shlex.join(app.command)}
        )

    def clean_command(self) -> list[str]:
        """Words, as a shell would split them."""
        try:
            return shlex.split(str(self.cleaned_data["command"]))
        except ValueError:
            raise forms.ValidationError("A quotation mark is not closed.") from None

    def changes_of(self, app: App) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value != getattr(app, name)}


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
