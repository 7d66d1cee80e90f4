"""What billing needs in every database: the consumption tax rates. Idempotent; runs after migrate."""

import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from billing.models import TaxRate
from billing.rules.tax import TaxCategory

_CHANGE_OF_2019 = datetime.date(2019, 10, 1)

# category, percent, from, up to the day before (None: open-ended)
TAX_RATES = (
    (TaxCategory.STANDARD, Decimal(8), datetime.date(2014, 4, 1), _CHANGE_OF_2019),
    (TaxCategory.STANDARD, Decimal(10), _CHANGE_OF_2019, None),
    (TaxCategory.REDUCED, Decimal(8), _CHANGE_OF_2019, None),
    (TaxCategory.EXEMPT, Decimal(0), datetime.date(2014, 4, 1), None),
)


@transaction.atomic
def ensure(**signal: Any) -> None:
    """As a receiver of post_migrate. A category that has any rate is left as staff keep it."""
    if any(backwards for _migration, backwards in signal.get("plan", ())):
        return
    known = set(TaxRate.objects.values_list("category", flat=True))
    TaxRate.objects.bulk_create(
        TaxRate(category=category, percent=percent, period=DateRange(first, end))
        for category, percent, first, end in TAX_RATES
        if category not in known
    )
