"""What people type about themselves, their tokens, and each other."""

from datetime import datetime, timedelta
from typing import Any

from allauth.account.forms import LoginForm
from django import forms

from workspaces.errors import PlatformError
from workspaces.models import Membership, Role

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


class InvitationForm(forms.Form):
    email = forms.EmailField(
        label="E-mail",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "placeholder": "name@example.org"}),
        error_messages={"required": "Enter an e-mail address.", "invalid": "Enter a full e-mail address."},
    )
    role = forms.ChoiceField(choices=Role.choices, initial=Role.MEMBER)


class JoinForm(forms.Form):
    """The name is for those who are new; others keep theirs."""

    name = forms.CharField(
        required=False,
        max_length=150,
        label="Your name",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text="If you are new here.",
    )
    password = forms.CharField(
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text="Yours, if you have an account here. If not, a new one of at least 10 characters.",
        error_messages={"required": "Enter your password, or choose one."},
    )


class GroupForm(forms.Form):
    name = forms.CharField(
        label="New group",
        max_length=128,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "data-engineers"}),
    )


class GroupMemberForm(forms.Form):
    member = forms.ChoiceField(label="Add somebody", error_messages={"required": "Choose a member."})

    def __init__(self, candidates: list[Membership], *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        field = self.fields["member"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(candidate.user.uuid), candidate.user.email) for candidate in candidates]


def sentence(error: PlatformError) -> str:
    return f"{error.message} {error.hint}".strip()
