"""A new app's name."""

from django import forms

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
