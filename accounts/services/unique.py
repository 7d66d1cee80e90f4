"""What looked free when it was asked may be taken a moment later: the database knows best, people get words."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from psycopg.errors import UniqueViolation

from accounts.services.errors import Refused


@contextmanager
def refused_if_taken(message: str) -> Iterator[None]:
    """Around one write: Refused with `message` where somebody else was faster with the same."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if not isinstance(error.__cause__, UniqueViolation):
            raise
        raise Refused(message) from error
