"""What people type: their e-mail and password, and the label of a token."""

from datetime import datetime, timedelta
from typing import Any

from allauth.account.forms import LoginForm
from django import forms

#: Days until a token ends; 0 is never.
LIFETIMES = {"30": "30 days", "90": "90 days", "365": "1 year", "0": "no end"}


class SignInForm(LoginForm):  # type: ignore[misc]
    """The library's form in our words; it asks for the password, counts wrong ones, and signs in."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        email, password = self.fields["login"], self.fields["password"]
        email.label, password.label, password.help_text = "E-mail", "Password", ""
        email.widget.attrs = {"autocomplete": "username", "autofocus": True}
        email.error_messages |= {"required": "Enter your e-mail address.", "invalid": "Enter a full e-mail address."}
        password.max_length, password.widget.attrs = 4096, {"autocomplete": "current-password"}
        password.error_messages["required"] = "Enter your password."


class TokenForm(forms.Form):
    label = forms.CharField(
        max_length=100,
        widget=forms.TextInput(attrs={"placeholder": "CI of the sales team", "autocomplete": "off"}),
        error_messages={"required": "Say what will use the token."},
    )
    lifetime = forms.ChoiceField(label="Valid for", choices=list(LIFETIMES.items()), initial="90")

    def expires_at(self, now: datetime) -> datetime | None:
        days = int(self.cleaned_data["lifetime"])
        return now + timedelta(days=days) if days else None
