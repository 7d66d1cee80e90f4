"""What was issued, sent or uploaded is kept for good: the database refuses to change it."""

import datetime
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.models import AccountNotice, Contract, Customer, StoredFile, User
from accounts.rules.plans import Plan
from kmc_portal.demo.companies import Goal
from tests.accounts.history.test_history import FROZEN
from tests.fixtures.cases import CaseAt

pytestmark = pytest.mark.django_db


def refused(sql: str, said: str) -> None:
    with pytest.raises(DatabaseError, match=said), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize("label", sorted(FROZEN))
def test_no_table_of_them_can_be_emptied(label: str) -> None:
    table = apps.get_model(label)._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL kmc.allow_truncate = off")
    refused(f"TRUNCATE {table} CASCADE", "are kept for good")


@pytest.mark.parametrize("label", sorted(FROZEN))
def test_each_has_its_guard_against_updates_and_deletes(label: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgenabled = 'O' AND NOT tgisinternal",
            [apps.get_model(label)._meta.db_table],
        )
        names = {name.removeprefix("pgtrigger_").rpartition("_")[0] for (name,) in cursor.fetchall()}
    assert "no_truncate" in names
    assert "insert_only" in names or {"frozen", "no_delete"} <= names


def test_an_issued_case_can_neither_be_changed_nor_deleted(case_at: CaseAt) -> None:
    case_at(Goal.ACTIVE, Plan.SMS)
    filled = [label for label in sorted(FROZEN) if apps.get_model(label).objects.exists()]
    assert {
        "accounts.AccountNotice",
        "accounts.StoredFile",
        "applications.CaseEvent",
        "applications.Consent",
        "applications.Submission",
        "applications.SubmittedFile",
        "billing.OneOffCharge",
        "billing.TaxRate",
    } <= set(filled)
    for label in filled:
        table = apps.get_model(label)._meta.db_table
        refused(f"UPDATE {table} SET id = id + 100000", "Cannot update (or delete )?rows")
        refused(f"DELETE FROM {table}", "Cannot (update or )?delete rows")


def test_a_notice_s_content_cannot_be_touched_through_the_models_either(case_at: CaseAt) -> None:
    case_at(Goal.ACTIVE, Plan.SMS)
    notice = AccountNotice.objects.get()
    notice.content = {}
    with pytest.raises(DatabaseError, match="Cannot update or delete rows"), transaction.atomic():
        notice.save()
    with pytest.raises(DatabaseError, match="Cannot update or delete rows"), transaction.atomic():
        notice.delete()


def test_the_one_who_prepared_a_notice_cannot_approve_it_not_even_past_the_service(
    customer: Customer, reception: User
) -> None:
    contract = Contract.objects.create(customer=customer)
    with pytest.raises(DatabaseError, match="account_notice_four_eyes"), transaction.atomic():
        AccountNotice.objects.create(
            contract=contract,
            edition=1,
            number="K000001-01",
            content={},
            issued_on=datetime.date(2026, 11, 24),
            issued_at=timezone.now(),
            prepared_by=reception,
            approved_by=reception,
        )


def test_a_file_s_row_cannot_be_renamed(reception: User) -> None:
    row: Any = StoredFile.objects.create(
        sha256="0" * 64, size=1, name="a.pdf", content_type="application/pdf", uploaded_at=timezone.now()
    )
    refused(
        f"UPDATE accounts_storedfile SET name = 'b.pdf' WHERE id = {row.pk}", "Cannot update or delete rows"
    )
