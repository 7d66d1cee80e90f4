"""通知先 in the admin: every URL in use or asked for, how it answers, and checking it now (§1.7–1.9)."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, Subquery
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter

from accounts.admin.deeds import Deed, DeedForm, Doing, MailDraft
from accounts.admin.fields import reason_field
from accounts.admin.pages import PageAdmin
from accounts.admin.tones import ENDPOINT_TONES, function_rows
from accounts.models import CheckOrder, ConnectivityCheck, NotificationEndpoint
from accounts.services import connectivity
from accounts.services.connectivity import MAY_CHECK
from accounts.services.errors import Refused
from accounts.services.history import changes
from accounts.services.outbox import MailText
from accounts.standing import code_of, label_of
from accounts.templatetags.kmc_admin import badge, jtime
from applications.admin.case_forms import UrlForm
from applications.models import Application
from applications.services import functions, mails
from kmc_portal.lib.jst import date_of
from kmc_portal.lib.text import normalise_digits, search_key

Given = dict[str, Any]
Edited = MailText | None
CHARTED = 60  # checks in the chart, and on the page


class NoteForm(DeedForm):
    note = reason_field(
        "確認の内容",
        "お客様の画面にも表示されます。応答コードや応答時間など（例：応答 200、中央値 180 ms）。",
        length=1000,
    )
    shown = forms.CharField(label="確認したURL", widget=forms.TextInput(attrs={"readonly": True}))

    def prepare(self) -> None:
        self.initial.setdefault("shown", self.doing.obj.url)


def _case(doing: Doing) -> Application:
    found = functions.case_of(doing.obj)
    if found is None:
        raise Refused("この通知先の申込は取り下げられているか、却下されています。")
    return found


def _check(doing: Doing, given: Given, edited: Edited) -> str:
    connectivity.order_by(endpoint_id=doing.obj.pk, actor=doing.actor, now=doing.now)
    return "疎通確認を始めました。結果はこの画面に表示されます。"


def _mark(ok: bool) -> Any:
    def run(doing: Doing, given: Given, edited: Edited) -> str:
        case = _case(doing)
        functions.mark_function(
            application_id=case.pk,
            version=case.version,
            endpoint_id=doing.obj.pk,
            ok=ok,
            note=given["note"],
            shown=given["shown"],
            actor=doing.actor,
            now=doing.now,
            edited=edited,
        )
        return "疎通確認をOKにしました。" if ok else "疎通確認をNGにしました。お客様にメールで送ります。"

    return run


def _correct(doing: Doing, given: Given, edited: Edited) -> str:
    functions.correct_url(
        endpoint_id=doing.obj.pk, shown=given["shown"], url=given["url"], actor=doing.actor, now=doing.now
    )
    return "通知先のURLを直しました。疎通確認を行ってください。メールは送っていません。"


def _failed_mail(doing: Doing, given: Given) -> MailDraft:
    case = _case(doing)
    text = mails.preview_function_failed(application=case, endpoint=doing.obj, note=given["note"])
    people = mails.recipients(case)
    return MailDraft(text, [f"{row.name} 様 <{row.email}>" if row.name else row.email for row in people])


def _is_ok(doing: Doing) -> str | None:
    if doing.obj.state == NotificationEndpoint.State.OK:
        return "疎通確認がOKの通知先は、変更のお申し込みで新しいURLに替えます。"
    return None


class StandingFilter(DropdownFilter):
    title = "定期確認"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("worsened", "OKだったがNGになった"), ("never", "一度も確認していない")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "worsened":
                live = NotificationEndpoint.objects.live(date_of(timezone.now()))
                return connectivity.worsened(queryset.filter(pk__in=live.values("pk")))
            case "never":
                return queryset.filter(checks=None)
            case _:
                return queryset


class InForceFilter(DropdownFilter):
    title = "適用"
    parameter_name = "holds"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("now", "適用中・適用予定"), ("proposed", "変更後（未適用）"), ("past", "終了・取りやめ")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        live = NotificationEndpoint.objects.live(date_of(timezone.now()))
        match self.value():
            case "now":
                return queryset.filter(pk__in=live.filter(period__isempty=False).values("pk"))
            case "proposed":
                return queryset.filter(period__isempty=True, closed_at=None)
            case "past":
                return queryset.exclude(pk__in=live.values("pk"))
            case _:
                return queryset


@admin.register(NotificationEndpoint)
class NotificationEndpointAdmin(PageAdmin):
    page_template = "admin/accounts/notificationendpoint/page.html"
    list_display = ("customer_column", "function_column", "url_column", "state_column", "checked_column")
    list_display_links = ("customer_column", "function_column")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        StandingFilter,
        InForceFilter,
        ("function", ChoicesDropdownFilter),
    )
    list_filter_submit = True
    search_fields = ("url",)
    search_help_text = "企業名・ご利用番号・URL"
    deeds = (
        Deed("check", "今すぐ確認する", _check, direct=True, permission=MAY_CHECK),
        Deed("mark_ok", "疎通確認をOKにする", _mark(True), NoteForm, permission=MAY_CHECK,
             explain="ほかの方法で確かめたときに、測定の結果に代えて登録します。メールは送りません。"),
        Deed("mark_ng", "疎通確認をNGにする", _mark(False), NoteForm, permission=MAY_CHECK, mail=_failed_mail,
             explain="この通知機能の設定だけが待ちになります。ほかの手順は進められます。"),
        Deed("correct_url", "通知先のURLを直す", _correct, UrlForm, permission=MAY_CHECK, refusal=_is_ok,
             explain="疎通確認がまだOKでない通知先のURLを、お客様のお申し出により直します。直したURLは未確認に戻ります。メールは送りません。"),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> Any:
        latest = ConnectivityCheck.objects.filter(endpoint=OuterRef("pk")).order_by("-checked_at", "-pk")
        return (
            super()
            .get_queryset(request)
            .select_related("contract__customer")
            .annotate(
                shown_ok=Subquery(latest.values("ok")[:1]),
                shown_at=Subquery(latest.values("checked_at")[:1]),
                shown_ms=Subquery(latest.values("median_ms")[:1]),
                is_checking=Exists(CheckOrder.objects.open().filter(endpoint=OuterRef("pk"))),
            )
            .order_by("-pk")
        )

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        found = (
            Q(url__icontains=text)
            | Q(contract__number__icontains=normalise_digits(text))
            | Q(contract__customer__search_key__contains=search_key(text))
        )
        return queryset.filter(found), False

    @admin.display(description="ご利用企業", ordering="contract__customer__name")
    def customer_column(self, row: NotificationEndpoint) -> str:
        return f"{row.contract.customer.name}（{row.contract.number or '番号未定'}）"

    @admin.display(description="通知機能", ordering="function")
    def function_column(self, row: NotificationEndpoint) -> str:
        return str(row)

    @admin.display(description="URL")
    def url_column(self, row: NotificationEndpoint) -> str:
        return row.url

    @admin.display(description="疎通確認", ordering="state")
    def state_column(self, row: NotificationEndpoint) -> str:
        code = code_of(row, is_checking=row.is_checking, latest_ok=row.shown_ok)  # type: ignore[attr-defined]
        return badge(label_of(row, code), ENDPOINT_TONES[code])

    @admin.display(description="直近の確認")
    def checked_column(self, row: NotificationEndpoint) -> str:
        at, ok, ms = row.shown_at, row.shown_ok, row.shown_ms  # type: ignore[attr-defined]
        if at is None:
            return "—"
        return f"{jtime(at)} {'OK' if ok else 'NG'}" + (f" {ms} ms" if ms is not None else "")

    def page_context(self, request: HttpRequest, obj: NotificationEndpoint) -> dict[str, Any]:
        today = date_of(timezone.now())
        checks = list(obj.checks.select_related("endpoint", "checked_by")[:CHARTED])
        return {
            "endpoint": obj,
            "item": (item := function_rows([obj])[0]),
            "checking": item["standing"].order is not None,
            "checks": checks,
            "case": functions.case_of(obj),
            "is_live": NotificationEndpoint.objects.live(today).filter(pk=obj.pk).exists(),
            "changes": changes([obj], without=("contract",), limit=40),
        }
