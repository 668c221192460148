"""An app's own settings."""

import shlex
from typing import Any

from django import forms

from deployments.models import App


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

    environment_management = forms.TypedChoiceField(
        label="Packages",
        required=False,
        coerce=lambda word: {"on": True, "off": False}.get(word),
        empty_value=None,
        choices=[("", "As the site says"), ("on", "Installed for each deployment"), ("off", "Never installed")],
        help_text="Never: the app sees what its Python has. A manifest.json in the source goes before this.",
    )

    installer = forms.ChoiceField(
        label="Resolved by",
        required=False,
        choices=[("", "As the workspace says"), ("uv", "uv"), ("pip", "pip")],
        help_text="What chooses the versions of packages.",
    )

    @classmethod
    def of(cls, app: App) -> "SettingsForm":
        return cls(
            initial={name: getattr(app, name) for name in cls.base_fields}
            | {
                "command": shlex.join(app.command),
                "environment_management": {True: "on", False: "off", None: ""}[app.environment_management],
            }
        )

    def clean_command(self) -> list[str]:
        """Words, as a shell would split them."""
        try:
            return shlex.split(str(self.cleaned_data["command"]))
        except ValueError:
            raise forms.ValidationError("A quotation mark is not closed.") from None

    def changes_of(self, app: App) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value != getattr(app, name)}
