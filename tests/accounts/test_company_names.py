"""企業情報 from a later day (§2.1b): lists name and find the company by what is in force, from that day on."""

import datetime

import pytest
from django.utils import timezone

from accounts.models import Customer
from accounts.services import customers
from kmc_portal.lib.jst import date_of

pytestmark = pytest.mark.django_db
DAYS = datetime.timedelta(days=1)


@pytest.mark.parametrize(
    ("name", "kana"),
    [("見本通信株式会社", "ミホンツウシン"), ("青空商会", "アオゾラショウカイ"), ("見本通信株式会社", "")],
)
def test_guide_2_1b_names_in_lists_follow_on_the_day_once(customer: Customer, name: str, kana: str) -> None:
    today = date_of(timezone.now())
    later = today + 7 * DAYS
    before = {
        "name": "見本通信株式会社",
        "name_kana": "ミホンコミュニケーションズ",
        "address": "東京都見本区1",
    }
    customers.set_profile(customer=customer, profile=before, day=today)
    old = Customer.objects.get(pk=customer.pk)
    customers.set_profile(
        customer=customer, profile={**before, "name": name, "name_kana": kana}, day=later, today=today
    )
    assert customers.follow_profiles(day=today) == 0
    now = Customer.objects.get(pk=customer.pk)
    assert (now.name, now.search_key) == (old.name, old.search_key)
    assert customers.follow_profiles(day=later) == 1
    now = Customer.objects.get(pk=customer.pk)
    assert now.name == name
    assert now.search_key != old.search_key
    assert customers.follow_profiles(day=later + 40 * DAYS) == 0
