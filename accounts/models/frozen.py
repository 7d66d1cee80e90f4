"""Triggers for rows that may be inserted and never again changed, not even by SQL."""

import pgtrigger

# Tests empty tables between real commits; they, and nobody else, open their connections with
# `-c kmc.allow_truncate=on`.
_NO_TRUNCATE = """
    IF current_setting('kmc.allow_truncate', true) = 'on' THEN RETURN NULL; END IF;
    RAISE EXCEPTION 'rows of % are kept for good', TG_TABLE_NAME;
"""


def insert_only() -> list[pgtrigger.Trigger]:
    return [
        pgtrigger.Protect(name="insert_only", operation=pgtrigger.Update | pgtrigger.Delete),
        _no_truncate(),
    ]


def frozen_but(*fields: str) -> list[pgtrigger.Trigger]:
    """Rows that are kept for good and of which nothing but these fields may change."""
    return [
        pgtrigger.ReadOnly(name="frozen", exclude=list(fields)),
        pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
        _no_truncate(),
    ]


def _no_truncate() -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name="no_truncate",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func=_NO_TRUNCATE,
    )
