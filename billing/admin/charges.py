"""一時費用: every one-off fee, and the form with which staff enter one (§5.1)."""

import uuid
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from accounts.admin.deeds import Deed, DeedForm, Doing
from accounts.admin.fields import DayInput
from accounts.admin.pages import PageAdmin
from accounts.models import Contract
from accounts.names import NameField
from accounts.services.outbox import MailText
from billing.admin.fields import contract_field, found_contract
from billing.models import InvoiceLine, OneOffCharge
from billing.models.charges import KINDS
from billing.rules.invoice import OTHER
from billing.rules.tax import TaxCategory
from billing.services import charges
from kmc_portal.lib.jst import date_of
from kmc_portal.lib.months import Month
from kmc_portal.lib.text import normalise_digits, search_key

Given = dict[str, Any]


class ChargeForm(DeedForm):
    contract = contract_field()
    kind = forms.ChoiceField(
        label="項目",
        choices=[("", "選んでください"), *KINDS],
        error_messages={"required": "項目を選んでください。"},
    )
    amount = forms.IntegerField(
        label="金額（円・税抜）",
        required=False,
        min_value=-charges.MOST,
        max_value=charges.MOST,
        help_text="空欄なら、計上月の料金表の単価です。「その他一時費用」では必須で、減額はマイナスで入力します。",
    )
    tax = forms.ChoiceField(
        label="税区分",
        choices=TaxCategory.choices(),
        help_text="金額を入力したときに使います。空欄のときは料金表の税区分です。",
    )
    charged_on = forms.DateField(
        label="計上日",
        widget=DayInput,
        help_text="この日の属する月の利用分として請求します。確定済みの月なら、次の請求書に載ります。",
        error_messages={"required": "計上日を入力してください。"},
    )
    reason = NameField(
        label="理由",
        max_length=200,
        help_text="請求書の備考に載ります（例：公式アカウント設定の変更 A2026-00012）。",
        error_messages={"required": "理由を入力してください。"},
    )
    token = forms.CharField(max_length=40, widget=forms.HiddenInput)

    def prepare(self) -> None:
        self.initial.setdefault("charged_on", date_of(timezone.now()))
        self.initial["token"] = uuid.uuid4().hex

    def clean_contract(self) -> Contract | None:
        return found_contract(self.cleaned_data["contract"])


def _enter(doing: Doing, given: Given, edited: MailText | None) -> str:
    charge = charges.enter(
        contract=given["contract"],
        kind=given["kind"],
        token=given["token"],
        reason=given["reason"],
        charged_on=given["charged_on"],
        actor=doing.actor,
        now=doing.now,
        amount=given["amount"],
        tax=TaxCategory(given["tax"]),
    )
    return (
        f"{given['contract']} の「{charge}」を{Month.of(charge.charged_on).label}利用分として登録しました。"
    )


def amount_words(row: OneOffCharge) -> str:
    return "料金表の単価" if row.amount is None else f"{row.amount:,}円"


@admin.register(OneOffCharge)
class OneOffChargeAdmin(PageAdmin):
    page_template = "admin/billing/oneoffcharge/page.html"
    list_display = (
        "charged_on",
        "contract",
        "kind",
        "reason",
        "amount_column",
        "tax",
        "by_column",
    )
    list_display_links = ("charged_on",)
    list_filter = (("kind", ChoicesDropdownFilter),)
    list_filter_submit = True
    list_select_related = ("contract__customer", "charged_by")
    date_hierarchy = "charged_on"
    search_fields = ("reason",)
    search_help_text = "ご利用番号・企業名・理由"
    ordering = ("-pk",)
    add_deed = Deed(
        "new", "一時費用を登録する", _enter, ChargeForm, permission="billing.add_oneoffcharge", button="登録する",
        explain="登録した費用は書き換えられません。間違えたときは「その他一時費用」のマイナスの金額で打ち消します。"
        "契約手数料は、アカウント通知書の発行のときに自動で登録されます。",
    )  # fmt: skip

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        found = (
            Q(contract__number__iexact=normalise_digits(text))
            | Q(contract__customer__search_key__contains=search_key(text))
            | Q(reason__icontains=text)
        )
        return queryset.filter(found), False

    @admin.display(description="金額（税抜）", ordering="amount")
    def amount_column(self, row: OneOffCharge) -> str:
        return amount_words(row)

    @admin.display(description="登録者", ordering="charged_by")
    def by_column(self, row: OneOffCharge) -> str:
        return str(row.charged_by or "（自動）")

    def page_context(self, request: HttpRequest, obj: OneOffCharge) -> dict[str, Any]:
        lines = InvoiceLine.objects.filter(contract=obj.contract_id, details__contains=[{"charge": obj.pk}])
        return {
            "charge": obj,
            "amount": amount_words(obj),
            "is_priced": obj.amount is None and obj.kind != OTHER,
            "month": Month.of(obj.charged_on).label,
            "invoices": [line.invoice for line in lines.select_related("invoice").order_by("pk")],
        }
