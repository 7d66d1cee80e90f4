"""Numbers that people read. Counters are taken inside the caller's transaction: gapless, and one at a time."""

from django.db import connection

CUSTOMER, CONTRACT, APPLICATION = "customer", "contract", "application"
BILLING_ACCOUNT, INVOICE = "billing_account", "invoice"


def take(*, name: str, count: int = 1) -> int:
    """The first of `count` consecutive numbers; the counter's row stays locked until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_counter (name, value) VALUES (%s, %s) "
            "ON CONFLICT (name) DO UPDATE SET value = accounts_counter.value + EXCLUDED.value RETURNING value",
            [name, count],
        )
        last: int = cursor.fetchone()[0]
    return last - count + 1


def customer_number() -> str:
    return f"C{take(name=CUSTOMER):06d}"


def contract_number() -> str:
    """ご利用番号: twelve characters, as on the invoice (§5.1)."""
    return f"KMC{take(name=CONTRACT):09d}"


def application_number(*, year: int) -> str:
    return f"A{year}-{take(name=f'{APPLICATION}-{year}'):05d}"
