"""Forms whose judge is the operation: its sentence stands above the form, and nothing that was typed is lost."""

from typing import Any

from django import forms
from django.db.models import Model
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget

from workspaces.admin import access
from workspaces.admin.tenant import TenantAdmin
from workspaces.errors import PlatformError
from workspaces.models import Workspace
from workspaces.principals import Principal


class OperationForm(forms.ModelForm):  # type: ignore[type-arg]
    """``perform`` makes or changes the row; called once, when the fields themselves are right."""

    request: HttpRequest
    #: Site admins choose; everybody else works in the workspace they administer.
    workspace = forms.ModelChoiceField(Workspace.objects.order_by("name"), widget=UnfoldAdminSelectWidget())

    def perform(self, principal: Principal) -> Model:
        raise NotImplementedError

    def principal(self) -> Principal:
        if self.instance.pk is not None:
            return access.acting_in(self.request, self.instance.workspace)
        if "workspace" in self.fields:
            return access.acting_in(self.request, self.cleaned_data["workspace"])
        principal = access.administers(self.request)
        assert principal is not None
        return principal

    def _post_clean(self) -> None:
        # Not in save(): Django takes a form for right once it is cleaned, and would have no place for the sentence.
        if self.errors:
            return
        try:
            self.instance = self.perform(self.principal())
        except PlatformError as error:
            self.add_error(None, f"{error.message} {error.hint}".strip())

    def save(self, commit: bool = True) -> Any:
        return self.instance


class OperationAdmin(TenantAdmin):
    """A table whose rows are added, and perhaps changed, by an ``OperationForm``."""

    form: type[OperationForm]
    #: Of site admins, who are in none, when a row is added.
    asks_for_workspace = True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return access.may_enter(request)

    def get_form(
        self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any
    ) -> type[OperationForm]:
        asks = obj is None and self.asks_for_workspace and access.is_site_admin(request)
        chosen = {} if asks else {"workspace": None}
        return type(self.form.__name__, (self.form,), {"request": request, **chosen})

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        """The operation has saved it."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The operation has saved it."""
