"""請求書 in the admin: found by number, date, amount and counterparty together; each line explained; checked again."""

import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import F, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.contrib.filters.admin import DropdownFilter, RangeDateFilter, RangeNumericListFilter

from accounts.admin.deeds import Deed, DeedForm, Doing
from accounts.admin.fields import reason_field
from accounts.admin.pages import PageAdmin
from accounts.admin.sending import send_file
from accounts.admin.tones import MAIL_TONES, mail_rows
from accounts.models import OutgoingMail
from accounts.rules.plans import PaymentMethod
from accounts.services import files
from accounts.services.errors import Refused
from accounts.services.outbox import MailText
from accounts.templatetags.kmc_admin import badge
from billing.admin import invoice_page, run_figures
from billing.models import Invoice
from billing.services import invoices, verification
from billing.workflow import FINAL
from kmc_portal.lib.csv_text import write_csv
from kmc_portal.lib.jst import in_japan
from kmc_portal.lib.months import Month
from kmc_portal.lib.text import normalise_digits
from kmc_portal.lib.yen import yen

Given = dict[str, Any]
Edited = MailText | None
MOST_ROWS_OF_CSV = 100_000
LONGEST_AMOUNT = 15  # digits
CSV_HEADER = (
    "請求書番号", "利用月", "発行日", "支払期日", "請求先番号", "宛名", "請求先", "税抜", "消費税", "税込", "支払方法",
    "確定日時", "送付日時", "有効", "差し替えた請求書", "差し替えの理由",
)  # fmt: skip


class ReissueForm(DeedForm):
    reason = reason_field("差し替えの理由", "新しい請求書の記録に残ります（例：宛名の訂正のため）。")


def _reissue(doing: Doing, given: Given, edited: Edited) -> str:
    new = invoices.reissue(invoice=doing.obj, reason=given["reason"], actor=doing.actor, now=doing.now)
    doing.request.session["reissued"] = new.pk
    return f"請求書 {new.number} を発行しました。{doing.obj.number} は無効になりました。"


def _reissued(doing: Doing) -> str:
    return reverse("admin:billing_invoice_change", args=[doing.request.session.pop("reissued")])


def _not_reissuable(doing: Doing) -> str | None:
    return None if doing.obj.live else "差し替え済みの請求書です。新しいほうの請求書から操作してください。"


class MonthFilter(DropdownFilter):
    title = "利用月"
    parameter_name = "month"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        months = Invoice.objects.order_by("-month").values_list("month", flat=True).distinct()
        return [(str(Month.of(month)), Month.of(month).label) for month in months]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if not (value := self.value()):
            return queryset
        try:
            return queryset.filter(month=Month.parse(value).first_day)
        except ValueError as fault:
            raise IncorrectLookupParameters(str(fault)) from fault


class StandingFilter(DropdownFilter):
    title = "状態"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("live", "有効"),
            ("replaced", "差し替え済み"),
            ("unsent", "未送付"),
            ("undelivered", "メール不達・失敗"),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return {
            "live": queryset.filter(live=True),
            "replaced": queryset.filter(live=False),
            "unsent": queryset.filter(live=True, sending=None),
            "undelivered": queryset.filter(sending__mail__state__in=["refused", "failed"]),
        }.get(self.value() or "", queryset)


class TotalFilter(RangeNumericListFilter):
    """Yen with tax, from and to."""

    title = "金額（税込・円）"
    parameter_name = "total"

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        rows = queryset.annotate(total_yen=F("net") + F("tax"))
        for word, lookup in (("from", "gte"), ("to", "lte")):
            text = normalise_digits(self.used_parameters.get(f"total_{word}") or "").replace(",", "")
            if text:
                if len(text) > LONGEST_AMOUNT:
                    raise IncorrectLookupParameters(f"金額は{LONGEST_AMOUNT}桁までで指定してください。")
                try:
                    rows = rows.filter(**{f"total_yen__{lookup}": int(text)})
                except ValueError as fault:
                    raise IncorrectLookupParameters(str(fault)) from fault
        return rows


@admin.register(Invoice)
class InvoiceAdmin(PageAdmin):
    page_template = "admin/billing/invoice/page.html"
    list_before_template = "admin/billing/invoice/_tools.html"
    list_display = (
        "number_column",
        "owner_column",
        "month_column",
        "issued_on",
        "total_column",
        "state_column",
    )
    list_display_links = ("number_column", "owner_column")
    list_filter = (("issued_on", RangeDateFilter), TotalFilter, MonthFilter, StandingFilter)
    list_filter_submit = True
    search_fields = ("number",)  # shows the search box; what it finds: get_search_results
    search_help_text = "請求書番号・請求先番号・企業名（表記は自由）・ご利用番号"
    deeds = (
        Deed("reissue", "請求書を差し替える", _reissue, ReissueForm, permission="billing.change_invoice", refusal=_not_reissuable,
             button="新しい請求書を発行する", danger=True, goes_to=_reissued,
             explain="同じ明細と金額で、宛名・住所・支払方法・会社名をいまの登録内容にした請求書を、新しい番号で発行します。元の請求書は無効として残ります。金額の訂正は差し替えではなく、次の請求書に差額が載ります。新しい請求書は、次の定期送付で請求先にメールが届きます。"),
    )  # fmt: skip

    def own_urls(self, name: str) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("export/", view(self.export_view), name=f"{name}_own_export"),
            path("<int:pk>/pdf/", view(self.pdf_view), name=f"{name}_own_pdf"),
            path("<int:pk>/verify/", view(self.verify_view), name=f"{name}_own_verify"),
            path("<int:pk>/lines/<int:position>/", view(self.line_view), name=f"{name}_own_line"),
        ]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup in {
            "issued_on_from",
            "issued_on_to",
            "total_from",
            "total_to",
        } or super().lookup_allowed(lookup, value, request)

    # list -----------------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> Any:
        return (
            super()
            .get_queryset(request)
            .select_related("account__customer", "account__sales_partner", "sending__mail", "replaced_by")
            .defer("content")
        )

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        found = (
            Q(number__icontains=normalise_digits(text))
            | Q(account__in=list(run_figures.accounts_matching(text)))
            | Q(content__recipient__name__icontains=text)
        )
        return queryset.filter(found), False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {**(extra_context or {}), "query": request.GET.urlencode()})

    @admin.display(description="請求書番号", ordering="number")
    def number_column(self, row: Invoice) -> str:
        return format_html('<span class="kmc-nowrap">{}</span>', row.number)

    @admin.display(description="請求先", ordering="account__number")
    def owner_column(self, row: Invoice) -> str:
        return format_html('{}<span class="kmc-sub">{}</span>', row.account.owner, row.account.number)

    @admin.display(description="利用月", ordering="month")
    def month_column(self, row: Invoice) -> str:
        return format_html('<span class="kmc-nowrap">{}</span>', Month.of(row.month).label)

    @admin.display(description="税込", ordering=F("net") + F("tax"))
    def total_column(self, row: Invoice) -> str:
        return format_html('<span class="kmc-nowrap">{}円</span>', yen(row.total))

    @admin.display(description="状態")
    def state_column(self, row: Invoice) -> str:
        return badge(*standing(row))

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """All rows that the list's search and filters leave, as CSV; who fetched it is noted."""
        if not self.has_view_permission(request):
            raise PermissionDenied("この画面を使う権限がありません。")
        self.request = request
        try:
            rows = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            messages.error(request, "絞り込みの条件を読み取れません。一覧で条件を選び直してください。")
            return HttpResponseRedirect(self.list_url())
        return csv_of(request, rows.defer(None).select_related("replaces"))

    # pages ----------------------------------------------------------------------------------------

    def page_context(self, request: HttpRequest, obj: Invoice) -> dict[str, Any]:
        sending = getattr(obj, "sending", None)
        about = OutgoingMail.objects.filter(about=f"invoice:{obj.number}").select_related("created_by")
        label, tone = standing(obj)
        return {
            **invoice_page.body(request, obj),
            "standing": label,
            "standing_tone": tone,
            "sending": sending,
            "mails": mail_rows(about.order_by("-pk")),
            "run": obj.run,
            "older": obj.replaces,
            "newer": getattr(obj, "replaced_by", None),
            "pdf": getattr(obj, "pdf", None),
            "may_reissue": self.may(request) and _not_reissuable(self.doing(request, obj)) is None,
            "is_sent": obj.run.state in FINAL and sending is not None,
        }

    def line_view(self, request: HttpRequest, pk: int, position: int) -> HttpResponse:
        obj = self.fetch(request, str(pk))
        rows = obj.lines.select_related("contract__customer", "invoice__run")
        line = rows.filter(position=position).first()
        if line is None:
            raise Http404
        context = {
            **self.frame(request, obj),
            **invoice_page.line_context(line),
            "back": self.page_url(obj),
            "back_label": f"請求書 {obj.number}",
        }
        return TemplateResponse(request, "admin/billing/line.html", context)

    def pdf_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The document as it was, or will be, sent."""
        obj = self.fetch(request, str(pk))
        try:
            file = invoices.pdf(invoice=obj)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(self.page_url(obj))
        return send_file(request, file, what=f"請求書 {obj.number}", inline=True)

    def verify_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Derive it again from the stored files; writes nothing."""
        obj = self.fetch(request, str(pk))
        try:
            differences = verification.verify(invoice=obj)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(self.page_url(obj))
        context = {
            **self.frame(request, obj),
            "invoice": obj,
            "run": obj.run,
            "differences": differences,
            "at": timezone.now(),
            "title": f"請求書 {obj.number} の検算",
        }
        return TemplateResponse(request, "admin/billing/invoice/verify.html", context)


def standing(row: Invoice) -> tuple[str, str]:
    """Word and tone: live or replaced, sent or not."""
    if not row.live:
        return "差し替え済み", "quiet"
    sending = getattr(row, "sending", None)
    if sending is None:
        return "送付前", "ours"
    mail = sending.mail
    if mail is not None and MAIL_TONES[mail.state] == "bad":
        return f"送付（{mail.get_state_display()}）", "bad"
    return "送付済み", "good"


def csv_of(request: HttpRequest, rows: Any) -> HttpResponse:
    now = timezone.now()
    found = [_csv_row(row) for row in rows[:MOST_ROWS_OF_CSV]]
    files.log_download(request=request, user=request.user, what=f"請求書一覧CSV（{len(found)}件）", now=now)  # type: ignore[arg-type]
    response = HttpResponse(write_csv(CSV_HEADER, found), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="invoices_{in_japan(now):%Y%m%d_%H%M}.csv"'
    return response


def _csv_row(row: Invoice) -> list[object]:
    sending = getattr(row, "sending", None)
    return [
        row.number,
        str(Month.of(row.month)),
        row.issued_on,
        row.due_on,
        row.account.number,
        row.content["recipient"]["name"],
        str(row.account.owner),
        row.net,
        row.tax,
        row.total,
        PaymentMethod.label_of(row.content["payment"]["method"]),
        _csv_time(row.finalised_at),
        _csv_time(sending.sent_at if sending else None),
        "有効" if row.live else "差し替え済み",
        row.replaces.number if row.replaces else "",
        row.reason,
    ]


def _csv_time(at: datetime.datetime | None) -> str:
    return in_japan(at).strftime("%Y/%m/%d %H:%M") if at else ""
