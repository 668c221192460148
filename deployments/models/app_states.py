"""``App.state`` of many apps, counted by the database: for figures about more apps than anybody loads."""

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from deployments.models.app import App, AppState, DesiredState
from deployments.models.deployment import IN_FLIGHT, Deployment
from deployments.models.instance import Instance, InstanceState


def count(apps: QuerySet[App]) -> dict[AppState, int]:
    """How many are in each state, in one query; states that none is in are left out."""
    found = apps.order_by().values(shown=_state()).annotate(number=Count("pk")).values_list("shown", "number")
    numbers = dict(found)
    return {state: numbers[state] for state in AppState if state in numbers}


def _state() -> Case:
    """The rules of ``App.state``, in its order."""
    serving = Instance.objects.filter(deployment=OuterRef("active_deployment"))
    healthy = serving.filter(state=InstanceState.HEALTHY)
    in_flight = Deployment.objects.filter(app=OuterRef("pk"), state__in=IN_FLIGHT, is_draft=False)
    return Case(
        When(deleted_at__isnull=False, then=Value(AppState.DELETING)),
        When(desired_state=DesiredState.STOPPED, then=Value(AppState.STOPPED)),
        When(Exists(in_flight), active_deployment=None, then=Value(AppState.STARTING)),
        When(active_deployment=None, then=Value(AppState.EMPTY)),
        When(instances__lte=_number_of(healthy), then=Value(AppState.RUNNING)),
        When(Exists(healthy), then=Value(AppState.DEGRADED)),
        When(Exists(serving.filter(state=InstanceState.CRASHED)), then=Value(AppState.CRASHED)),
        default=Value(AppState.STARTING),
    )


def _number_of(instances: QuerySet[Instance]) -> Coalesce:
    counted = instances.order_by().values("deployment").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
