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
        pgtrigger.Trigger(
            name="no_truncate",
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            func=_NO_TRUNCATE,
        ),
    ]
