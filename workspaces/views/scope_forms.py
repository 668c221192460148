"""What people type about secret scopes. What each may be is decided by the operations."""

from typing import Any

from django import forms

from workspaces.models import ScopePermission, SecretScope

NAME = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class WriteOnlyTextarea(forms.Textarea):
    """Shows nothing back: a secret value is in no page, not even in the one that refuses it."""

    def format_value(self, value: Any) -> str:
        return ""


class NewScopeForm(forms.Form):
    name = forms.CharField(
        max_length=128,
        widget=forms.TextInput(attrs={**NAME, "placeholder": "prod"}),
        error_messages={"required": "Give the scope a name.", "max_length": "A name has at most 128 characters."},
    )
    is_for_all = forms.BooleanField(required=False, label="Every member may manage it")


class SecretForm(forms.Form):
    key = forms.CharField(
        max_length=128,
        widget=forms.TextInput(attrs={**NAME, "placeholder": "db-password"}),
        error_messages={"required": "Give the secret a key.", "max_length": "A key has at most 128 characters."},
    )
    value = forms.CharField(
        strip=False,
        widget=WriteOnlyTextarea(attrs={**NAME, "rows": 3, "class": "code"}),
        help_text="Up to 128 KiB, never shown again. A key that exists gets this value instead.",
        error_messages={"required": "Type the value."},
    )

    def clean_value(self) -> bytes:
        """Browsers send every line's end as CR LF; certificates and keys are wanted with LF."""
        return str(self.cleaned_data["value"]).replace("\r\n", "\n").encode()


class GrantForm(forms.Form):
    grantee = forms.CharField(
        label="Person or group",
        max_length=254,
        widget=forms.TextInput(attrs={**NAME, "placeholder": "ann@example.org, a group, users or admins"}),
        error_messages={"required": "Say who: an e-mail, a group's name, users or admins."},
    )
    permission = forms.ChoiceField(choices=ScopePermission.choices)

    def clean_permission(self) -> ScopePermission:
        return ScopePermission(self.cleaned_data["permission"])


class ScopeDeletionForm(forms.Form):
    """The name, typed again: the one thing that nobody does by accident."""

    name = forms.CharField(widget=forms.TextInput(attrs=NAME))

    def __init__(self, scope: SecretScope, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._scope = scope
        self.fields["name"].label = f"Type {scope.name} to delete it"
        self.fields["name"].error_messages["required"] = f"Type {scope.name} to confirm."

    def clean_name(self) -> str:
        if self.cleaned_data["name"] != self._scope.name:
            raise forms.ValidationError(f"This is not the name. Type {self._scope.name} to confirm.")
        return self._scope.name
