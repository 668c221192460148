"""Short looks at the database and at files, made for many followers by few threads."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import close_old_connections

Result = TypeVar("Result")

#: One thread, hence one connection, however many follow.
ROWS = ThreadPoolExecutor(max_workers=1, thread_name_prefix="following")


async def at_rows(question: Callable[[], Result]) -> Result:
    """What ``question`` finds in the database, asked by the one thread for everybody. Raises ``DatabaseError``."""
    return await _in(ROWS, lambda: _with_fresh_connection(question))


async def at_files(question: Callable[[], Result]) -> Result:
    return await _in(None, question)


def _with_fresh_connection(question: Callable[[], Result]) -> Result:
    close_old_connections()
    try:
        return question()
    finally:
        close_old_connections()


async def _in(executor: ThreadPoolExecutor | None, question: Callable[[], Result]) -> Result:
    return await asyncio.get_running_loop().run_in_executor(executor, question)
