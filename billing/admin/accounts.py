"""請求先: who pays, how the invoice is addressed, and which contracts are invoiced together (§2.1b, §5.1)."""

import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, OuterRef, Q, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from unfold.contrib.filters.admin import DropdownFilter

from accounts.admin.customer_forms import partner_field
from accounts.admin.deeds import Deed, DeedForm, Doing
from accounts.admin.fields import DayInput
from accounts.admin.pages import PageAdmin
from accounts.admin.tones import CONTRACT_TONES
from accounts.models import Contract, Customer
from accounts.names import NameField
from accounts.rules.plans import PaymentMethod
from accounts.services.history import changes
from accounts.services.outbox import MailText
from billing.admin.fields import MonthField, contract_field, found_contract
from billing.models import BillingAccount, BillingAssignment, BillingProfile
from billing.rules.tax import Rounding
from billing.services import billing_accounts
from kmc_portal.lib.business_days import FIRST_YEAR
from kmc_portal.lib.jst import date_of
from kmc_portal.lib.months import Month
from kmc_portal.lib.phone import InvalidPostalCode, normalise_postal_code
from kmc_portal.lib.text import normalise_digits, search_key

Given = dict[str, Any]
Edited = MailText | None
CHANGE = "billing.change_billingaccount"
YEAR_AHEAD = datetime.timedelta(days=366)


class ProfileFields(DeedForm):
    """請求先情報, from a day on."""

    name = NameField(
        label="宛名",
        max_length=120,
        help_text="請求書の宛名です（「御中」は付けません）。",
        error_messages={"required": "宛名を入力してください。"},
    )
    department = NameField(label="部署・ご担当者", max_length=120, required=False)
    postal_code = forms.CharField(label="郵便番号", max_length=10, required=False)
    address = NameField(label="住所", max_length=250, required=False)
    email = forms.EmailField(
        label="請求書の送信先",
        max_length=254,
        error_messages={"required": "メールアドレスを入力してください。"},
    )
    payment_method = forms.ChoiceField(label="支払方法", choices=PaymentMethod.choices())
    rounding = forms.ChoiceField(
        label="消費税の端数",
        choices=Rounding.choices(),
        help_text="請求書ごと・税率ごとに一度だけ丸めます。",
    )
    day = forms.DateField(
        label="適用開始日",
        widget=DayInput,
        help_text="この日以降に発行する請求書に使います。",
        error_messages={"required": "適用開始日を入力してください。"},
    )

    def prepare(self) -> None:
        self.initial.setdefault("day", date_of(self.doing.now))

    def clean_day(self) -> datetime.date:
        """Nothing takes back a day that was typed wrong: until it has come, no earlier one can be entered."""
        day: datetime.date = self.cleaned_data["day"]
        if day.year < FIRST_YEAR or day > date_of(self.doing.now) + YEAR_AHEAD:
            raise forms.ValidationError(
                f"{FIRST_YEAR}年から今日の1年後までの日付を入力してください。年の打ち間違いがないか確かめてください。"
            )
        return day

    def clean_postal_code(self) -> str:
        text = str(self.cleaned_data["postal_code"]).strip()
        try:
            return normalise_postal_code(text) if text else ""
        except InvalidPostalCode as fault:
            raise forms.ValidationError(str(fault)) from fault


class ProfileForm(ProfileFields):
    def prepare(self) -> None:
        super().prepare()
        profile = _last_profile(self.doing.obj)
        for field in billing_accounts.PROFILE_FIELDS:
            self.initial.setdefault(field, getattr(profile, field, "") if profile else "")


class OpenForm(ProfileFields):
    """The owner first: a customer by its number, or a sales partner."""

    customer = forms.CharField(
        label="企業番号",
        required=False,
        max_length=12,
        help_text="例：C000001。販売パートナーの請求先なら空欄にします。",
    )
    sales_partner = partner_field()
    field_order = ("customer", "sales_partner")

    def prepare(self) -> None:
        super().prepare()
        self.fields["sales_partner"].empty_label = "（ご利用企業の請求先）"  # type: ignore[attr-defined]

    def clean_customer(self) -> Customer | None:
        number = normalise_digits(str(self.cleaned_data["customer"])).upper()
        if not number:
            return None
        found = Customer.objects.filter(number=number).first()
        if found is None:
            raise forms.ValidationError(f"企業番号 {number} のご利用企業はありません。")
        return found

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and (given.get("customer") is None) == (given.get("sales_partner") is None):
            raise forms.ValidationError("企業番号か販売パートナーの、どちらか一方を指定してください。")
        return given


class AssignForm(DeedForm):
    contract = contract_field()
    start = MonthField(
        label="開始月", help_text="この月の利用分から、この請求先に請求します。請求済みの月は選べません。"
    )

    def clean_contract(self) -> Contract | None:
        return found_contract(self.cleaned_data["contract"])

    def clean_start(self) -> Month:
        """As with the day of a profile: a month far ahead would shut out all before it."""
        start: Month = self.cleaned_data["start"]
        last = Month.of(date_of(self.doing.now)).plus(12)
        if start > last:
            raise forms.ValidationError(
                f"{last.label}までの月を指定してください。年の打ち間違いがないか確かめてください。"
            )
        return start


def _profile_of(given: Given) -> dict[str, str]:
    return {field: str(given[field] or "") for field in billing_accounts.PROFILE_FIELDS}


def _open(doing: Doing, given: Given, edited: Edited) -> str:
    account = billing_accounts.open_account(
        customer=given["customer"],
        sales_partner=given["sales_partner"],
        profile=_profile_of(given),
        day=given["day"],
        actor=doing.actor,
    )
    doing.request.session["new_billing_account"] = account.pk
    return f"請求先 {account} を登録しました。契約を割り当ててください。"


def _page_of_new(doing: Doing) -> str:
    pk = doing.request.session.pop("new_billing_account")
    return reverse("admin:billing_billingaccount_change", args=[pk])


def _set_profile(doing: Doing, given: Given, edited: Edited) -> str:
    billing_accounts.set_profile(
        account=doing.obj, profile=_profile_of(given), day=given["day"], actor=doing.actor
    )
    return f"{given['day']:%Y年%m月%d日}からの請求先情報を登録しました。前の内容は履歴に残っています。"


def _assign(doing: Doing, given: Given, edited: Edited) -> str:
    billing_accounts.assign(
        contract=given["contract"], account=doing.obj, start=given["start"], actor=doing.actor
    )
    return f"{given['contract']} を{given['start'].label}利用分からこの請求先に割り当てました。"


def _last_profile(account: BillingAccount) -> BillingProfile | None:
    return account.profiles.open_ended().first()


def _profile_seen(account: BillingAccount) -> object:
    profile = _last_profile(account)
    return [getattr(profile, field) for field in billing_accounts.PROFILE_FIELDS] if profile else None


class OwnerFilter(DropdownFilter):
    title = "種類"
    parameter_name = "owner"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("customer", "ご利用企業"), ("partner", "販売パートナー")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() not in ("customer", "partner"):
            return queryset
        return queryset.filter(customer__isnull=self.value() == "partner")


@admin.register(BillingAccount)
class BillingAccountAdmin(PageAdmin):
    page_template = "admin/billing/billingaccount/page.html"
    list_display = ("number", "owner_column", "name_column", "payment_column", "contracts_column")
    list_display_links = ("number", "owner_column")
    list_filter = (OwnerFilter,)
    list_filter_submit = True
    list_select_related = ("customer", "sales_partner")
    search_fields = ("number",)
    search_help_text = "請求先番号・企業名・宛名・メールアドレス・ご利用番号"
    ordering = ("-pk",)
    add_deed = Deed(
        "new", "請求先を登録する", _open, OpenForm, permission="billing.add_billingaccount", goes_to=_page_of_new, button="登録する",
        explain="最初の請求先は、アカウント通知書の発行のときに自動で作られます。請求を分けるときや、先に用意するときに登録します。",
    )  # fmt: skip
    deeds = (
        Deed("profile", "請求先情報を変更する", _set_profile, ProfileForm, permission=CHANGE, seen=_profile_seen, button="この日から適用する",
             explain="発行済みの請求書は変わりません。これまでの内容は期間とともに残ります。"),
        Deed("assign", "契約を割り当てる", _assign, AssignForm, permission=CHANGE, button="割り当てる", anchor="contracts",
             explain="契約は、ひと月にひとつの請求先に属します。指定した月から、それまでの請求先に代わります。"),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> Any:
        today = date_of(timezone.now())
        profiles = BillingProfile.objects.as_of(today).filter(account=OuterRef("pk"))
        return (
            super()
            .get_queryset(request)
            .annotate(
                addressee=Subquery(profiles.values("name")[:1]),
                payment=Subquery(profiles.values("payment_method")[:1]),
                contract_count=Count(
                    "assignments", filter=Q(assignments__period__contains=today), distinct=True
                ),
            )
        )

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        key, number = search_key(text), normalise_digits(text)
        profiles = BillingProfile.objects.filter(Q(name__icontains=text) | Q(email__icontains=text))
        assigned = BillingAssignment.objects.filter(contract__number__iexact=number)
        found = (
            Q(number__iexact=number)
            | Q(pk__in=profiles.values("account"))
            | Q(pk__in=assigned.values("account"))
        )
        if key:
            found |= Q(customer__search_key__contains=key) | Q(sales_partner__search_key__contains=key)
        return queryset.filter(found), False

    @admin.display(description="ご利用企業・販売パートナー")
    def owner_column(self, row: BillingAccount) -> str:
        return f"{row.owner}{'（販売パートナー）' if row.sales_partner_id else ''}"

    @admin.display(description="宛名")
    def name_column(self, row: Any) -> str:
        return row.addressee or "（未登録）"

    @admin.display(description="支払方法")
    def payment_column(self, row: Any) -> str:
        return PaymentMethod(row.payment).label if row.payment else "—"

    @admin.display(description="契約", ordering="contract_count")
    def contracts_column(self, row: Any) -> str:
        return f"{row.contract_count}件"

    def page_context(self, request: HttpRequest, obj: BillingAccount) -> dict[str, Any]:
        today = date_of(timezone.now())
        profiles = list(obj.profiles.order_by("-period"))
        assignments = obj.assignments.select_related("contract__customer").order_by(
            "contract__number", "period"
        )
        return {
            "account": obj,
            "profile": next((row for row in profiles if _holds(row, today)), None),
            "profiles": profiles,
            "assignments": [
                {
                    "row": row,
                    "since": Month.of(row.since).label,
                    "until": Month.of(row.until).label if row.until else "",
                    "holds": _holds(row, today),
                    "tone": CONTRACT_TONES[row.contract.state],
                }
                for row in assignments
            ],
            "invoices": list(obj.invoices.select_related("sending").order_by("-month", "-pk")[:60]),
            "changes": changes([obj, *profiles], without=("account", "number"), limit=30),
            "today": today,
        }


def _holds(row: Any, day: Any) -> bool:
    return row.since <= day and (row.until is None or day <= row.until)
