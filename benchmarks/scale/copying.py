"""Rows in great number: written by COPY, with the defaults of their model."""

import uuid
from types import TracebackType
from typing import Any, Self, cast

from django.core.management.color import no_style
from django.db import connection, models
from django.db.models.fields import NOT_PROVIDED
from django.utils import timezone

#: Rows kept in memory before they are sent.
BATCH = 10_000


class Table:
    """A context in which rows of one model are added. The caller's transaction holds them all, in any order."""

    def __init__(self, model: type[models.Model], **fixed: Any) -> None:
        """``fixed`` are values that all rows have, by the names of columns (``app_id``)."""
        self._model = model
        self._fields = [field for field in model._meta.concrete_fields if _is_written(field)]
        self._uuids = [n for n, field in enumerate(self._fields) if getattr(field, "default", None) is uuid.uuid4]
        self._places = {field.attname: n for n, field in enumerate(self._fields)}
        self._prototype: list[Any] = [_default(field) for field in self._fields]
        for name, value in fixed.items():
            self._set(self._prototype, name, value)
        self._rows: list[list[Any]] = []
        self._last = model._default_manager.aggregate(last=models.Max("pk"))["last"] or 0

    def add(self, **values: Any) -> int:
        """One row; its id, which the others may name before it is written."""
        row = self._prototype.copy()
        for place in self._uuids:
            row[place] = uuid.uuid4()
        for name, value in values.items():
            self._set(row, name, value)
        self._last += 1
        row[self._places["id"]] = self._last
        self._rows.append(row)
        if len(self._rows) >= BATCH:
            self._send()
        return self._last

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._send()
            with connection.cursor() as cursor:
                for statement in connection.ops.sequence_reset_sql(no_style(), [self._model]):
                    cursor.execute(statement)

    def _set(self, row: list[Any], name: str, value: Any) -> None:
        place = self._places[name]
        field = self._fields[place]
        row[place] = field.get_db_prep_save(value, connection) if isinstance(field, models.JSONField) else value

    def _send(self) -> None:
        columns = ", ".join(f'"{field.column}"' for field in self._fields)
        with connection.cursor() as cursor:
            # Django's cursor hands on what it does not know to psycopg's, whose types say nothing of it.
            copy = cast(Any, cursor).copy(f'COPY "{self._model._meta.db_table}" ({columns}) FROM STDIN')
            with copy as rows:
                for row in self._rows:
                    rows.write_row(row)
        self._rows.clear()


def _is_written(field: Any) -> bool:
    """All but what the database fills in by itself."""
    return not field.generated and getattr(field, "db_default", NOT_PROVIDED) is NOT_PROVIDED


def _default(field: Any) -> Any:
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return timezone.now()
    return field.get_db_prep_save(field.get_default(), connection)
