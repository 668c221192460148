"""What an app runs on, and in how many instances."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.conf import settings

from deployments.models import App, BaseImage
from deployments.operations import scaling


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
