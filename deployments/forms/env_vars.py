"""Variables: one, or many lines that were pasted."""

from typing import Any

from django import forms

from deployments.models import EnvVar, SecretReference
from deployments.operations import env_vars
from deployments.source.dotenv import read_dotenv


class EnvVarForm(forms.Form):
    """One variable: its value, or the secret it takes one from. What either may be is decided by the operation."""

    name = forms.CharField(
        max_length=env_vars.MAX_NAME,
        widget=forms.TextInput(
            attrs={"class": "code", "autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    value = forms.CharField(
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"class": "code", "rows": 2, "spellcheck": "false", "autocomplete": "off"}),
        help_text="Every member of the workspace can read it.",
    )
    secret = forms.CharField(
        required=False,
        label="or a secret",
        widget=forms.TextInput(
            attrs={
                "class": "code",
                "list": "secrets",
                "placeholder": "scope/key",
                "autocomplete": "off",
                "spellcheck": "false",
            }
        ),
        help_text="Read at each start of the app, and never shown.",
    )

    @classmethod
    def of(cls, variable: EnvVar) -> "EnvVarForm":
        secret = str(variable.reference) if variable.is_secret else ""
        return cls(initial={"name": variable.name, "value": variable.value, "secret": secret})

    def clean_value(self) -> str:
        """Browsers send every end of a line as two characters."""
        return str(self.cleaned_data["value"]).replace("\r\n", "\n")

    def clean_secret(self) -> SecretReference | None:
        text = str(self.cleaned_data["secret"])
        reference = SecretReference.parse(text)
        if text and reference is None:
            raise forms.ValidationError("Write the scope and the key with a slash between them: prod/db-password.")
        return reference

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("value") and cleaned.get("secret"):
            raise forms.ValidationError("Give a value or a secret, not both.")
        return cleaned

    def variable(self) -> env_vars.Value:
        secret = self.cleaned_data["secret"]
        return secret if isinstance(secret, SecretReference) else str(self.cleaned_data["value"])


class PastedEnvForm(forms.Form):
    text = forms.CharField(
        label="Lines of NAME=value",
        max_length=env_vars.MAX_TOTAL_BYTES,
        strip=False,
        widget=forms.Textarea(
            attrs={"class": "code", "rows": 6, "spellcheck": "false", "placeholder": "LOG_LEVEL=debug"}
        ),
        help_text="Quotes, comments and export are understood. "
        "These become plain values that every member can read: put passwords into a secret scope.",
        error_messages={"required": "Paste at least one line."},
    )

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"])
        if not read_dotenv(text):
            raise forms.ValidationError("There is no variable in this text.")
        return text
