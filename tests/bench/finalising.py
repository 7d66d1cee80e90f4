"""Making a previewed month final, numbers and guards included, against bare set-based inserts of the same rows."""

import datetime
from functools import partial

from django.db import connection, transaction

from accounts.models import User
from billing.models import BillingRun
from billing.services import closing
from tests.bench import Bench, seconds

LINES = 5  # of each contract
MONTH, FLOOR_MONTH = datetime.date(2026, 10, 1), datetime.date(2026, 9, 1)
NOW = datetime.datetime(2026, 11, 10, 9, tzinfo=datetime.UTC)

_CONTRACTS = """
    ALTER TABLE accounts_contract DISABLE TRIGGER USER;
    ALTER TABLE billing_billingaccount DISABLE TRIGGER USER;
    INSERT INTO accounts_customer (number, name, search_key, created_at)
         VALUES ('C999999', '見本株式会社', '見本', now());
    INSERT INTO accounts_contract (number, customer_id, state, billing_start_on, created_at)
         SELECT 'BEN' || lpad(n::text, 9, '0'), (SELECT max(id) FROM accounts_customer), 'active', '2026-09-01', now()
           FROM generate_series(1, {count}) n;
    INSERT INTO billing_billingaccount (number, customer_id)
         SELECT 'X' || lpad(n::text, 6, '0'), (SELECT max(id) FROM accounts_customer)
           FROM generate_series(1, {count}) n;
    ANALYZE accounts_contract; ANALYZE billing_billingaccount;
"""
_PREVIEW = """
    INSERT INTO billing_previewinvoice (run_id, preview, account_id, content, net, tax)
         SELECT {run}, 1, id, {content}, 1000, 100 FROM billing_billingaccount WHERE number LIKE 'X%';
    ANALYZE billing_previewinvoice;
    INSERT INTO billing_previewline
                (invoice_id, position, contract_id, usage_month, kind, tax_rate, net, remark, details)
         SELECT p.id, n, c.id, '{month}', 'delivery', 10, 200, 'SMS配信合算値', {details}
           FROM billing_previewinvoice p
           JOIN billing_billingaccount a ON a.id = p.account_id
           JOIN accounts_contract c ON c.number = 'BEN000' || substr(a.number, 2)
          CROSS JOIN generate_series(1, {lines}) n
          WHERE p.run_id = {run};
    ANALYZE billing_previewline;
"""
_BARE = """
    INSERT INTO billing_invoice
                (number, run_id, account_id, month, issued_on, due_on, content, net, tax, finalised_at, live)
         SELECT 'BARE-' || p.id, {run}, account_id, '{month}', '2026-11-20', '2026-12-10', content, net, tax, now(), true
           FROM billing_previewinvoice p WHERE run_id = {source};
    INSERT INTO billing_invoiceline
                (invoice_id, position, contract_id, usage_month, kind, tax_rate, net, remark, details)
         SELECT i.id, l.position, l.contract_id, l.usage_month, l.kind, l.tax_rate, l.net, l.remark, l.details
           FROM billing_previewline l JOIN billing_previewinvoice p ON p.id = l.invoice_id
           JOIN billing_invoice i ON i.run_id = {run} AND i.account_id = p.account_id
          WHERE p.run_id = {source};
"""
_CONTENT = (
    """'{"issued_on": "2026-11-20", "due_on": "2026-12-10", "month": "2026-10", "note": [], "replaces": null,"""
    """ "issuer": {"name": "見本", "registration_number": "T0000000000000", "address": "東京都", "phone": ""},"""
    """ "recipient": {"name": "見本株式会社", "department": "", "postal_code": "", "address": ""},"""
    """ "taxes": [{"rate": "10", "net": 1000, "tax": 100, "total": 1100}]}'::jsonb"""
)
_DETAILS = (
    """'[{"item": "sms", "carrier": "docomo", "segments": 1, "quantity": 100, "unit_price": "2.0000","""
    """ "amount": "200.0000", "price": 1, "charge": null, "note": ""}]'::jsonb"""
)


def run(small: bool) -> Bench:
    """10,000 contracts of five lines; and ten times as many, for how it grows."""
    counts = (100, 1_000) if small else (10_000, 100_000)
    results = [_measured(count) for count in counts]
    (floor, measured), (more_floor, more) = results
    detail = (
        f"{counts[0]:,} contracts × {LINES} lines; {counts[1]:,}: {more:.2f} s against {more_floor:.2f} s"
        f" ({more / measured:.1f} × the time for 10 × the rows)"
    )
    return Bench("finalising", floor, measured, detail)


def _measured(count: int) -> tuple[float, float]:
    """(floor, measured) in one transaction that is undone."""
    with transaction.atomic():
        ours, bare = _previewed(count)
        floor = seconds(partial(_sql, _BARE.format(run=bare.pk, month=FLOOR_MONTH, source=ours.pk)))
        measured = seconds(partial(closing.finalise, run_id=ours.pk, actor=None, now=NOW))
        assert ours.invoices.count() == count
        transaction.set_rollback(True)
    return floor, measured


def _previewed(count: int) -> tuple[BillingRun, BillingRun]:
    """The run to make final, approved, and one that the floor's rows belong to."""
    approver = User.objects.create_user("bench@example.jp", name="承認", is_staff=True)
    bare = BillingRun.objects.create(
        month=FLOOR_MONTH, state="sent", approved_by=approver, stored_before=NOW, preview=1
    )
    ours = BillingRun.objects.create(
        month=MONTH, state="approved", approved_by=approver, stored_before=NOW, preview=1
    )
    _sql(_CONTRACTS.format(count=count))
    _sql(_filled(ours))
    return ours, bare


def _filled(run_: BillingRun) -> str:
    """The preview's rows; the JSON goes in last, as it has braces of its own."""
    sql = _PREVIEW.format(run=run_.pk, month=MONTH, lines=LINES, content="<content>", details="<details>")
    return sql.replace("<content>", _CONTENT).replace("<details>", _DETAILS)


def _sql(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text)
