"""料金表: read as a table, compared, published from a CSV and withdrawn before a month was billed by it (§5.1)."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.contrib.filters.admin import DropdownFilter

from accounts.admin.deeds import Deed, DeedForm, Doing
from accounts.admin.pages import PageAdmin
from accounts.admin.sending import send_bytes
from accounts.models import Contract
from accounts.names import NameField
from accounts.services.errors import Stale
from accounts.services.outbox import MailText
from accounts.templatetags.kmc_admin import badge
from billing.admin.fields import MonthField, contract_field, found_contract
from billing.models import PriceList
from billing.rules import price_table
from billing.rules.carriers import DeliveryCarrier
from billing.rules.price_table import Compared, Kind
from billing.rules.prices import PriceRow
from billing.services import prices
from kmc_portal.lib.csv_text import write_csv
from kmc_portal.lib.jst import date_of
from kmc_portal.lib.months import Month
from kmc_portal.lib.text import normalise_digits, search_key

Given = dict[str, Any]
Edited = MailText | None
MOST_BYTES = 500_000
KIND_TONES = {Kind.SAME: "quiet", Kind.CHANGED: "warn", Kind.ADDED: "good", Kind.REMOVED: "bad"}


class PublishForm(DeedForm):
    """The table comes as a file or as text; a file is turned into the text, so that it can be checked and corrected."""

    contract = contract_field(required=False, empty="空欄は標準料金表です。")
    name = NameField(
        label="料金表名",
        max_length=80,
        help_text="例：標準料金 2027年1月改定",
        error_messages={"required": "料金表名を入力してください。"},
    )
    start = MonthField(label="適用開始月", help_text="この月の1日から適用します。先の月も指定できます。")
    file = forms.FileField(
        label="料金表（CSV）",
        required=False,
        help_text="選んだファイルの内容が、下の表に優先します。",
    )
    table = forms.CharField(
        label="料金表（貼り付け）",
        required=False,
        max_length=MOST_BYTES,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false", "wrap": "off"}),
        help_text="CSV、またはExcelからそのまま貼り付けた表。1行目は見出しです。",
    )
    note = NameField(
        label="備考",
        max_length=200,
        required=False,
        help_text="料金表の画面に表示します（例：根拠とした契約書）。",
    )

    def prepare(self) -> None:
        copied = str(self.initial.get("copy", ""))
        source = PriceList.objects.filter(pk=int(copied)).first() if copied.isdecimal() else None
        if source is not None:
            self.initial.setdefault("table", price_table.as_text(prices.rows_of(source)))
            if source.contract is not None:
                self.initial.setdefault("contract", source.contract.number)

    def clean_contract(self) -> Contract | None:
        return found_contract(self.cleaned_data["contract"])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        file = given.get("file")
        text = str(given.get("table") or "")
        if file is not None:
            if file.size > MOST_BYTES:
                self.add_error("file", "ファイルが大きすぎます。料金表のCSVを選んでください。")
                return given
            try:
                text = price_table.decode(file.read())
            except price_table.Unreadable as fault:
                self.add_error("file", str(fault))
                return given
            self.data = {**self.data.dict(), "table": text}  # type: ignore[attr-defined]
            given["table"] = text
        found = price_table.read(text)
        for said in found.faults[:50]:
            self.add_error("table", said)
        if len(found.faults) > 50:
            self.add_error("table", f"ほかに{len(found.faults) - 50}件の問題があります。")
        given["rows"] = found.rows
        return given


class EndForm(DeedForm):
    start = MonthField(label="標準料金に戻す月", help_text="この月の1日から標準料金表を適用します。")


def _base(contract: Contract | None, start: Month) -> PriceList | None:
    """The list that a new one takes over from: the owner's, or for a contract's first one the standard list."""
    day = start.first_day
    own = PriceList.objects.filter(contract=contract).as_of(day).first()
    if own is None and contract is not None:
        return PriceList.objects.filter(contract=None).as_of(day).first()
    return own


def _check(doing: Doing, given: Given) -> dict[str, Any]:
    contract, start, rows = given["contract"], given["start"], given["rows"]
    base = _base(contract, start)
    following = (
        PriceList.objects.filter(contract=contract, period__startswith__gt=start.first_day)
        .order_by("period")
        .first()
    )
    missing = [] if contract else price_table.missing_items(rows)
    compared = price_table.compare(prices.rows_of(base) if base else (), rows)
    if contract and base and base.contract is None:  # what is not named stays at the standard price
        compared = [one for one in compared if one.kind is not Kind.REMOVED]
    return {
        "base": base,
        "base_period": period_words(base) if base else "",
        "base_is_standard": bool(base and contract and base.contract is None),
        "following": following,
        "until": Month.of(base.until).label if base and base.contract == contract and base.until else "",
        "contract": contract,
        "start": start,
        "new_name": given["name"],
        "differences": [difference(one) for one in compared],
        "changes": sum(one.kind is not Kind.SAME for one in compared),
        "missing": [item.label for item in missing],
        "checked": base.pk if base else 0,
    }


def _publish(doing: Doing, given: Given, edited: Edited) -> str:
    base = _base(given["contract"], given["start"])
    if doing.request.POST.get("checked") != str(base.pk if base else 0):
        raise Stale("確かめている間に、ほかの料金表が登録されました。もう一度、内容を確かめてください。")
    made = prices.publish(
        contract=given["contract"],
        name=given["name"],
        start=given["start"],
        rows=given["rows"],
        note=given["note"],
        actor=doing.actor,
        now=doing.now,
    )
    doing.request.session["new_price_list"] = made.pk
    return f"「{made}」を登録しました。{given['start'].label}利用分から適用します。"


def _page_of_new(doing: Doing) -> str:
    return reverse("admin:billing_pricelist_change", args=[doing.request.session.pop("new_price_list")])


def _withdraw(doing: Doing, given: Given, edited: Edited) -> str:
    found = prices.withdraw(price_list_id=doing.obj.pk, actor=doing.actor, now=doing.now)
    return f"「{found}」を取り下げました。前の料金表がそのまま続きます。"


def _end(doing: Doing, given: Given, edited: Edited) -> str:
    prices.end(price_list_id=doing.obj.pk, start=given["start"], actor=doing.actor)
    return f"{given['start'].label}から標準料金表を適用します。"


def standing(row: PriceList) -> tuple[str, str]:
    """Label and colour as of today."""
    today = date_of(timezone.now())
    if row.period.isempty:
        return "取り下げ", "quiet"
    if row.since > today:
        return "予定", "ours"
    return ("適用中", "good") if row.until is None or row.until >= today else ("終了", "quiet")


def period_words(row: PriceList) -> str:
    """「2026年1月～2026年9月」"""
    if row.period.isempty:
        return f"（{Month.of(row.withdrawn_from).label}からの予定）" if row.withdrawn_from else "—"
    until = Month.of(row.until).label if row.until else ""
    return f"{Month.of(row.since).label}～{until}"


def tiers(row: PriceRow | None) -> list[tuple[str, str]]:
    """(「1～1,000」, 「3.5」) of every tier."""
    return [(text, price_table.spoken(price)) for text, price in price_table.tier_ranges(row)] if row else []


def difference(one: Compared) -> dict[str, Any]:
    return {
        "one": one,
        "carrier": carrier_label(one.carrier),
        "kind": one.kind.label,
        "tone": KIND_TONES[one.kind],
        "is_same": one.kind is Kind.SAME,
        "before": tiers(one.before),
        "after": tiers(one.after),
    }


def carrier_label(carrier: str) -> str:
    return DeliveryCarrier(carrier).label if carrier else ""


def as_csv(price_list: PriceList) -> str:
    return write_csv(price_table.HEADER, price_table.as_lines(prices.rows_of(price_list)))


class OwnerFilter(DropdownFilter):
    title = "種類"
    parameter_name = "owner"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("standard", "標準料金表"), ("contract", "契約別の料金表")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() not in ("standard", "contract"):
            return queryset
        return queryset.filter(contract__isnull=self.value() == "standard")


class StandingFilter(DropdownFilter):
    title = "状態"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("now", "適用中"), ("planned", "予定"), ("past", "終了"), ("withdrawn", "取り下げ")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        today = date_of(timezone.now())
        asked = {
            "now": Q(period__contains=today),
            "planned": Q(period__startswith__gt=today),
            "past": Q(period__endswith__lte=today),
            "withdrawn": Q(period__isempty=True),
        }
        return queryset.filter(asked[self.value()]) if self.value() in asked else queryset


@admin.register(PriceList)
class PriceListAdmin(PageAdmin):
    page_template = "admin/billing/pricelist/page.html"
    list_display = ("name", "owner_column", "period_column", "standing_column", "published_column")
    list_display_links = ("name",)
    list_filter = (OwnerFilter, StandingFilter)
    list_filter_submit = True
    list_select_related = ("contract__customer", "published_by")
    search_fields = ("name",)
    search_help_text = "料金表名・ご利用番号・企業名"
    ordering = ("-period", "-pk")
    add_deed = Deed(
        "new", "料金表を登録する", _publish, PublishForm, permission="billing.add_pricelist", goes_to=_page_of_new,
        check=_check, check_template="admin/billing/pricelist/_check.html", template="admin/billing/pricelist/_columns.html",
        context=lambda doing: {"columns": price_table.COLUMNS},
        explain="登録した料金表は書き換えられません。次の月からの料金表を登録すると、それまでの料金表はその前月で終わります。",
    )  # fmt: skip
    deeds = (
        Deed("withdraw", "料金表を取り下げる", _withdraw, permission="billing.change_pricelist", button="取り下げる", danger=True,
             explain="この料金表をなかったことにし、前の料金表をそのまま続けます。請求が確定した月に適用された料金表は取り下げられません。"),
        Deed("end", "標準料金に戻す", _end, EndForm, permission="billing.change_pricelist", button="標準料金に戻す",
             explain="この契約だけの料金を終えて、標準料金表に戻します。"),
    )  # fmt: skip

    def own_urls(self, name: str) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/compare/", view(self.compare_view), name=f"{name}_own_compare"),
            path("<int:pk>/csv/", view(self.csv_view), name=f"{name}_own_csv"),
        ]

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        found = (
            Q(name__icontains=text)
            | Q(contract__number__iexact=normalise_digits(text))
            | Q(contract__customer__search_key__contains=search_key(text))
        )
        return queryset.filter(found), False

    @admin.display(description="種類")
    def owner_column(self, row: PriceList) -> str:
        return str(row.contract) if row.contract else "標準料金表"

    @admin.display(description="適用期間", ordering="period")
    def period_column(self, row: PriceList) -> str:
        return format_html('<span class="kmc-nowrap">{}</span>', period_words(row))

    @admin.display(description="状態")
    def standing_column(self, row: PriceList) -> str:
        return badge(*standing(row))

    @admin.display(description="登録", ordering="published_at")
    def published_column(self, row: PriceList) -> str:
        return f"{date_of(row.published_at):%Y/%m/%d} {row.published_by or '（自動）'}"

    def page_context(self, request: HttpRequest, obj: PriceList) -> dict[str, Any]:
        rows = price_table.in_order(prices.rows_of(obj))
        others = _others(obj)
        return {
            "price_list": obj,
            "standing": standing(obj),
            "period_words": period_words(obj),
            "rows": [
                {"row": row, "carrier": carrier_label(row.carrier), "tiers": tiers(row)} for row in rows
            ],
            "missing": [] if obj.contract else [item.label for item in price_table.missing_items(rows)],
            "others": others,
            "may_publish": self.has_add_permission(request),
            "is_withdrawn": obj.period.isempty,
            "may_end": obj.contract is not None and not obj.period.isempty and obj.period.upper is None,
        }

    def compare_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        obj = self.fetch(request, str(pk))
        others = _others(obj)
        asked = request.GET.get("with", "")
        other = next((row for row in others if str(row.pk) == asked), others[0] if others else None)
        earlier, later = (obj, other) if other is None else sorted((other, obj), key=_begun)
        compared = price_table.compare(prices.rows_of(earlier), prices.rows_of(later)) if later else []
        context = {
            **self.frame(request, obj),
            "title": f"{obj}を比べる",
            "others": others,
            "other": other,
            "earlier": earlier,
            "later": later,
            "earlier_period": period_words(earlier),
            "later_period": period_words(later) if later else "",
            "differences": [difference(one) for one in compared],
            "changes": sum(one.kind is not Kind.SAME for one in compared),
        }
        return TemplateResponse(request, "admin/billing/pricelist/compare.html", context)

    def csv_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        obj = cast(PriceList, self.fetch(request, str(pk)))
        return send_bytes(
            as_csv(obj).encode(), name=f"料金表_{obj.name}.csv", content_type="text/csv; charset=utf-8"
        )


def _begun(row: PriceList) -> tuple[Any, ...]:
    """The standard list first, then by beginning."""
    return row.contract_id is not None, row.withdrawn_from or row.since, row.pk


def _others(obj: PriceList) -> list[PriceList]:
    """Lists worth comparing with: the owner's, and for a contract's the standard ones. The list before comes first."""
    own = Q(contract=obj.contract_id)
    lists = PriceList.objects.filter(own if obj.contract_id is None else own | Q(contract=None))
    lists = lists.exclude(pk=obj.pk).exclude(period__isempty=True).order_by("-period", "-pk")[:200]
    found = list(lists)
    begins = obj.withdrawn_from or obj.since
    before = [row for row in found if row.contract_id == obj.contract_id and row.since < begins]
    return [*before[:1], *(row for row in found if row not in before[:1])]
