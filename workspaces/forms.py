"""What people type: their e-mail and password, and the label of a token."""

from datetime import datetime, timedelta

from django import forms

#: Days until a token ends; 0 is never.
LIFETIMES = {"30": "30 days", "90": "90 days", "365": "1 year", "0": "no end"}


class SignInForm(forms.Form):
    email = forms.EmailField(
        label="E-mail",
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
        error_messages={"required": "Enter your e-mail address.", "invalid": "Enter a full e-mail address."},
    )
    password = forms.CharField(
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Enter your password."},
    )

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip().lower()


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
