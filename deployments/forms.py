"""What people type: a new app's name, its settings and variables, and its name again before it is deleted."""

import shlex
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.conf import settings

from deployments.models import Access, App, BaseImage, EnvVar, SecretReference
from deployments.operations import apps, env_vars, scaling
from deployments.operations.access import AccessList
from deployments.source.dotenv import read_dotenv
from workspaces import slugs
from workspaces.models import Membership


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


class AccessForm(forms.Form):
    """Who may use an app. Whether each of them exists is decided by ``operations.access``."""

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


class ScalingForm(forms.Form):
    """How many instances a horizontally scaled app has, or is to have once it is one."""

    instances = forms.IntegerField(
        min_value=1,
        max_value=settings.MAX_INSTANCES,
        error_messages={"required": "Say how many."},
    )


class ConfigureForm(forms.Form):
    """The base image, and for a converted app whether its libraries are used. Judged by ``operations.scaling``."""

    base_image = forms.ChoiceField(label="Base image", error_messages={"invalid_choice": "Choose one of the list."})
    use_preinstalled_libraries = forms.BooleanField(
        label="Use preinstalled Python libraries",
        required=False,
        help_text="Without them the next deployment is built on the clean image: the app has what it asks for itself.",
    )

    def __init__(self, app: App, images: Iterable[BaseImage], data: Mapping[str, Any] | None = None) -> None:
        initial = {"base_image": app.base_image, "use_preinstalled_libraries": app.use_preinstalled_libraries}
        super().__init__(data, initial=initial)
        self._app = app
        field = self.fields["base_image"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(image.name, image.name) for image in images]
        if not scaling.Runtime.of(app).may_choose:
            del self.fields["use_preinstalled_libraries"]

    def changes(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value != getattr(self._app, name)}


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
