"""Every edit leaves who, when, old and new behind, by triggers: whatever the way it came in."""

import datetime
from collections.abc import Callable
from typing import Any

import pghistory
import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client

from accounts.models import Customer, Setting, User, UserGroup
from accounts.rules.roles import CustomerRole, StaffGroup
from accounts.services import customers, settings

pytestmark = pytest.mark.django_db

TRACKED = {
    "accounts.CompanyClosingDay",
    "accounts.Contact",
    "accounts.Contract",
    "accounts.ContractOption",
    "accounts.ContractTerms",
    "accounts.Customer",
    "accounts.CustomerProfile",
    "accounts.GlobalIp",
    "accounts.MaterialEdition",
    "accounts.NoticeRequest",
    "accounts.NotificationEndpoint",
    "accounts.OfficialAccount",
    "accounts.OfficialAccountProfile",
    "accounts.SalesPartner",
    "accounts.Setting",
    "accounts.SmsSender",
    "accounts.User",
    "accounts.UserGroup",
    "applications.Application",
    "applications.CarrierReview",
    "applications.DocumentReview",
    "applications.Finding",
    "billing.BillingAccount",
    "billing.BillingAssignment",
    "billing.BillingProfile",
    "billing.BillingRun",
}
# What has no history because its rows never change (tests/accounts/history/test_frozen.py) …
FROZEN = {
    "accounts.AccountNotice",
    "accounts.AccountNoticePdf",
    "accounts.ConnectivityCheck",
    "accounts.Download",
    "accounts.StoredFile",
    "applications.CarrierMessage",
    "applications.CaseEvent",
    "applications.Consent",
    "applications.Submission",
    "applications.SubmittedFile",
    "billing.DailyFact",
    "billing.Invoice",  # but for which one is live
    "billing.InvoiceLine",
    "billing.InvoicePdf",
    "billing.InvoiceSending",
    "billing.OneOffCharge",
    "billing.Price",
    "billing.PriceList",  # but for its end
    "billing.PriceTier",
    "billing.PrintBundle",
    "billing.TaxRate",  # but for its end
    "billing.UsageFile",  # but for its replacement
}
# … or because the rows tell their story themselves.
OWN_STORY = {
    "accounts.CheckOrder",  # ordered_at, claimed_at, done_at
    "accounts.Counter",  # numbers handed out
    "accounts.JobRun",  # state, times, result
    "accounts.MailProblem",  # at, solved_at
    "accounts.OutgoingMail",  # state, attempts, times
    "applications.Attachment",  # attached_at, replaced_at
    "billing.ParkedContract",  # made again with every preview
    "billing.PreviewInvoice",
    "billing.PreviewLine",
}


def labels(user: User) -> list[str]:
    return list(user.history.order_by("pgh_id").values_list("pgh_label", flat=True))


def test_every_model_is_tracked_or_frozen_or_tells_its_own_story() -> None:
    ours = {
        model._meta.label
        for app in ("accounts", "applications", "billing")
        for model in apps.get_app_config(app).get_models()
        if not issubclass(model, pghistory.models.Event)
    }
    assert ours == TRACKED | FROZEN | OWN_STORY


@pytest.mark.parametrize("label", sorted(TRACKED))
def test_the_database_itself_notes_inserts_updates_and_deletes(label: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgenabled = 'O' AND NOT tgisinternal",
            [apps.get_model(label)._meta.db_table],
        )
        names = {name.removeprefix("pgtrigger_").rpartition("_")[0] for (name,) in cursor.fetchall()}
    assert {"insert_insert", "update_update", "delete_delete"} <= names


def test_an_edit_leaves_the_old_and_the_new_value(customer: Customer) -> None:
    customer.nda_concluded_on = datetime.date(2026, 4, 1)
    customer.save(update_fields=["nda_concluded_on"])
    events = list(customer.history.order_by("pgh_id").values_list("pgh_label", "nda_concluded_on"))
    assert events[0] == ("insert", None)
    assert events[-1] == ("update", datetime.date(2026, 4, 1))


def test_a_write_that_changes_nothing_is_no_edit(customer: Customer) -> None:
    before = customer.history.count()
    customer.save()
    assert customer.history.count() == before


def test_sql_past_the_product_is_noted_as_well(customer: Customer) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_customer SET nda_concluded_on = '2026-05-01' WHERE id = %s", [customer.pk]
        )
    last = customer.history.order_by("pgh_id").last()
    assert (last.pgh_label, last.nda_concluded_on, last.pgh_context) == (
        "update",
        datetime.date(2026, 5, 1),
        None,
    )


def test_many_rows_at_once_are_noted_one_by_one(customer_admin: User, customer_member: User) -> None:
    User.objects.filter(customer=customer_admin.customer).update(name="改名 一斉")
    for user in (customer_admin, customer_member):
        assert user.history.order_by("pgh_id").last().name == "改名 一斉"


def test_a_deleted_row_stays_readable(customer_member: User) -> None:
    pk = customer_member.pk
    customer_member.delete()
    last = User.history.rel.related_model.objects.filter(pgh_obj_id=pk).order_by("pgh_id").last()
    assert (last.pgh_label, last.email, last.name) == ("delete", "member@aozora.example.com", "空野 海")


def test_groups_given_and_taken_are_noted(viewer: User) -> None:
    event = UserGroup.history.rel.related_model
    reception = Group.objects.get(name=StaffGroup.RECEPTION)
    viewer.groups.add(reception)
    viewer.groups.remove(reception)
    noted = (
        event.objects.filter(user=viewer, group=reception)
        .order_by("pgh_id")
        .values_list("pgh_label", flat=True)
    )
    assert list(noted) == ["insert", "delete"]


def test_the_page_s_user_is_noted_with_the_edit(
    customer_admin: User, customer_member: User, client_for: Callable[[User], Client]
) -> None:
    path = f"/portal/users/{customer_member.pk}/role/"
    client_for(customer_admin).post(path, {"role": CustomerRole.ADMINISTRATOR.value})
    last = customer_member.history.order_by("pgh_id").last()
    assert (last.pgh_label, last.customer_role) == ("update", "administrator")
    assert last.pgh_context.metadata == {"user": customer_admin.pk, "url": path}


def test_the_time_is_the_database_s_own(customer_member: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        [now] = cursor.fetchone()
    assert customer_member.history.get().pgh_created_at <= now + datetime.timedelta(minutes=1)


def test_passwords_never_reach_the_history(customer_member: User, client: Client) -> None:
    before = labels(customer_member)
    customer_member.set_password("another-long-password")
    customer_member.save()
    client.post("/account/login/", {"login": customer_member.email, "password": "another-long-password"})
    assert labels(customer_member) == before
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'accounts_userevent'"
        )
        columns = {name for (name,) in cursor.fetchall()}
    assert "email" in columns
    assert columns & {"password", "last_login"} == set()


def test_a_setting_s_change_keeps_both_values(superuser: User) -> None:
    settings.change(key="lead_sms_earliest", value=7, actor=superuser)
    history: Any = Setting.objects.get(key="lead_sms_earliest").history
    assert list(history.order_by("pgh_id").values_list("value", flat=True)) == [6, 7]


def test_a_profile_that_is_replaced_on_its_own_day_is_kept_in_the_history(
    customer: Customer,
) -> None:
    profile = {
        "name": "新社名株式会社",
        "name_kana": "シンシャメイ",
        "postal_code": "100-0001",
        "address": "東京都",
    }
    day = datetime.date(2099, 1, 1)
    customers.set_profile(customer=customer, profile=profile, day=day)
    customers.set_profile(customer=customer, profile={**profile, "name": "再改名株式会社"}, day=day)
    row = customer.profiles.as_of(day).get()
    assert row.name == "再改名株式会社"
    assert [(e.pgh_label, e.name) for e in row.history.order_by("pgh_id")] == [
        ("insert", "新社名株式会社"),
        ("update", "再改名株式会社"),
    ]
