"""契約: what is in force on a day, what was before, its notices and their reissue."""

import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import F, Q, Value
from django.db.models.functions import Replace
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils import timezone
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter

from accounts.admin.contract_page import contract_context, notice_draft
from accounts.admin.deeds import Deed, DeedForm, Doing, MailDraft
from accounts.admin.fields import reason_field
from accounts.admin.pages import PageAdmin
from accounts.admin.sending import send_bytes, send_file
from accounts.admin.test_account_deeds import TEST_ACCOUNT_DEEDS
from accounts.admin.tones import CONTRACT_TONES
from accounts.models import Contact, Contract, ContractState
from accounts.rules.plans import Plan
from accounts.rules.roles import StaffGroup
from accounts.services import connectivity, files, notice_requests, notices, outbox, test_accounts
from accounts.services.errors import Refused
from accounts.services.outbox import MailText
from accounts.templatetags.kmc_admin import badge
from kmc_portal.lib.jst import date_of
from kmc_portal.lib.text import normalise_digits, search_key

Given = dict[str, Any]
Edited = MailText | None
CHANGE = "accounts.change_contract"
SHORTEST_PHONE = 4  # digits; fewer would find half the country


class ReissueForm(DeedForm):
    reason = reason_field(
        "再発行の理由", "新しい版の記録に残ります（例：通知先の疎通確認がOKになったため）。"
    )


class AnswerForm(DeedForm):
    answer = reason_field("差し戻す理由", "依頼した方が読みます。")


def open_request(contract: Contract) -> Any:
    return contract.notice_requests.filter(closed_at=None).select_related("requested_by").first()


def _request(doing: Doing, given: Given, edited: Edited) -> str:
    notice_requests.request(
        contract_id=doing.obj.pk, reason=given["reason"], actor=doing.actor, now=doing.now
    )
    return "通知書の再発行を依頼しました。別の承認者が確認して発行します。"


def _approve(doing: Doing, given: Given, edited: Edited) -> str:
    notice = notice_requests.approve(
        request_id=_the_request(doing), actor=doing.actor, now=doing.now, edited=edited
    )
    return f"アカウント通知書 {notice.number} を発行しました。課金開始日は変わりません。"


def _send_back(doing: Doing, given: Given, edited: Edited) -> str:
    notice_requests.send_back(
        request_id=_the_request(doing), answer=given["answer"], actor=doing.actor, now=doing.now
    )
    return "再発行の依頼を差し戻しました。"


def _the_request(doing: Doing) -> int:
    found = open_request(doing.obj)
    if found is None:
        raise Refused("承認待ちの再発行依頼はありません。画面を開き直してください。")
    return int(found.pk)


def _notice_mail(doing: Doing, given: Given) -> MailDraft:
    contract, day = doing.obj, date_of(doing.now)
    contact = contract.contacts.as_of(day).filter(role="account", position=1).first()
    number = notices.draft_content(contract=contract, day=day)["number"]
    context = notices.mail_context(
        contract=contract, contact_name=contact.name if contact else "", number=number, day=day
    )
    text = outbox.compose("account_notice", context, {"support_site_password": {}})
    return MailDraft(text, [f"{contact.name} 様 <{contact.email}>"] if contact else [])


def _no_request(doing: Doing) -> str | None:
    if doing.obj.state != ContractState.ACTIVE:
        return "通知書の再発行は、利用中の契約だけが対象です。"
    if open_request(doing.obj):
        return "この契約には承認待ちの再発行依頼があります。先にそちらを処理してください。"
    return None


def _cannot_approve(doing: Doing) -> str | None:
    found = open_request(doing.obj)
    if found is None:
        return "承認待ちの再発行依頼はありません。"
    if not (doing.actor.is_superuser or StaffGroup.APPROVAL in doing.actor.staff_groups):
        return "通知書の承認は「承認」の担当者が行います。"
    if found.requested_by_id == doing.actor.pk:
        return "ご自身が依頼した通知書は承認できません。別の承認者に依頼してください。"
    return None


def _draft(doing: Doing) -> dict[str, Any]:
    return notice_draft(doing.obj, doing.now)


class EndpointIdForm(DeedForm):
    endpoint = forms.IntegerField(widget=forms.HiddenInput)


def _check_function(doing: Doing, given: Given, edited: Edited) -> str:
    endpoint = doing.obj.endpoints.filter(pk=given["endpoint"]).first()
    if endpoint is None:
        raise Refused("この契約の通知先ではありません。画面を開き直してください。")
    connectivity.order_by(endpoint_id=endpoint.pk, actor=doing.actor, now=doing.now)
    return "疎通確認を始めました。結果はこの画面に表示されます。"


class PlanFilter(DropdownFilter):
    title = "契約プラン"
    parameter_name = "plan"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return Plan.choices()

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        plan = self.value()
        if not plan:
            return queryset
        today = date_of(timezone.now())
        of_plan = Contract.objects.filter(terms__plan=plan, terms__period__contains=today)
        return queryset.filter(pk__in=of_plan.values("pk"))


class RequestFilter(DropdownFilter):
    title = "通知書の再発行"
    parameter_name = "reissue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("waiting", "承認待ち")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() != "waiting":
            return queryset
        return queryset.filter(notice_requests__isnull=False, notice_requests__closed_at=None)


class TestAccountFilter(DropdownFilter):
    title = "試験用アカウント"
    parameter_name = "test_account"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "あり"), ("waiting", "識別子待ち")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "waiting":
            return queryset.filter(test_accounts.waiting())
        if self.value() == "yes":
            return queryset.filter(official_accounts__production__isnull=False).distinct()
        return queryset


@admin.register(Contract)
class ContractAdmin(PageAdmin):
    page_template = "admin/accounts/contract/page.html"
    list_display = ("number_column", "customer", "plan_column", "state_column", "billing_start_on", "ends_on")
    list_display_links = ("number_column", "customer")
    list_filter = (("state", ChoicesDropdownFilter), PlanFilter, RequestFilter, TestAccountFilter)
    list_filter_submit = True
    search_fields = ("number",)
    search_help_text = "ご利用番号・企業名・botId・電話"
    deeds = (
        Deed("request_notice", "通知書の再発行を依頼する", _request, ReissueForm, permission=CHANGE, refusal=_no_request, anchor="notices",
             button="承認を依頼する", template="admin/applications/application/_notice_draft.html", context=_draft,
             explain="いま登録されている内容で新しい版を作ります。別の承認者が承認すると発行されます。課金開始日は変わりません。"),
        Deed("approve_notice", "再発行を承認して通知書を発行する", _approve, mail=_notice_mail, permission=CHANGE, refusal=_cannot_approve, anchor="notices",
             template="admin/applications/application/_notice_draft.html", context=_draft,
             explain="発行すると内容は固定され、取り消せません。以前の版に代わる新しい版として、お客様にメールで届きます。"),
        Deed("send_back_notice", "再発行の依頼を差し戻す", _send_back, AnswerForm, permission=CHANGE, anchor="notices", button="差し戻す"),
        Deed("check_function", "今すぐ確認する", _check_function, EndpointIdForm, permission=connectivity.MAY_CHECK, direct=True, anchor="functions"),
        *TEST_ACCOUNT_DEEDS,
    )  # fmt: skip

    def own_urls(self, name: str) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/notice/", view(self.notice_view), name=f"{name}_own_notice"),
            path("<int:pk>/notice/<int:notice_pk>/", view(self.issued_view), name=f"{name}_own_issued"),
        ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("customer").prefetch_related("terms")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        plain = normalise_digits(text)
        found = (
            Q(number__icontains=plain)
            | Q(customer__search_key__contains=search_key(text))
            | Q(official_accounts__identifier__icontains=plain)
            | Q(sms_senders__number=plain.replace("-", ""))
            | Q(contacts__email__iexact=plain)
        )
        digits = plain.replace("-", "")
        if digits.isdecimal() and len(digits) >= SHORTEST_PHONE:
            written = Contact.objects.annotate(plain=Replace(F("phone"), Value("-"), Value("")))
            found |= Q(pk__in=written.filter(plain__contains=digits).values("contract"))
        return queryset.filter(pk__in=Contract.objects.filter(found).values("pk")), False

    @admin.display(description="ご利用番号", ordering="number")
    def number_column(self, row: Contract) -> str:
        return row.number or "（番号未定）"

    @admin.display(description="契約プラン")
    def plan_column(self, row: Contract) -> str:
        rows = sorted(row.terms.all(), key=lambda terms: terms.since)
        return rows[-1].get_plan_display() if rows else "—"

    @admin.display(description="状態", ordering="state")
    def state_column(self, row: Contract) -> str:
        return badge(row.get_state_display(), CONTRACT_TONES[row.state])

    def page_context(self, request: HttpRequest, obj: Contract) -> dict[str, Any]:
        today = date_of(timezone.now())
        day = today
        if asked := request.GET.get("on"):
            try:
                day = datetime.date.fromisoformat(asked)
            except ValueError:
                messages.error(
                    request, "日付は 2026-11-24 の形で入力してください。今日の内容を表示しています。"
                )
        doing = self.doing(request, obj)
        return {
            **contract_context(request, obj, day, today),
            "request_waiting": open_request(obj),
            "may_request": self.may(request) and _no_request(doing) is None and obj.notices.exists(),
            "cannot_approve": _cannot_approve(doing),
        }

    def notice_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The next edition as it would be issued today; nothing is kept."""
        obj = self.fetch(request, str(pk))
        if obj.number is None:
            raise Http404
        now = timezone.now()
        try:
            data = notices.draft_pdf(contract=obj, day=date_of(now))
        except Refused as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(self.page_url(obj))
        files.log_download(request=request, user=request.user, what=f"{obj.number} 通知書の下書き", now=now)  # type: ignore[arg-type]
        return send_bytes(
            data, name=f"未発行の下書き_{obj.number}.pdf", content_type="application/pdf", inline=True
        )

    def issued_view(self, request: HttpRequest, pk: int, notice_pk: int) -> HttpResponse:
        obj = self.fetch(request, str(pk))
        found = obj.notices.filter(pk=notice_pk).first()
        if found is None:
            raise Http404
        return send_file(
            request, notices.pdf(notice=found), what=f"アカウント通知書 {found.number}", inline=True
        )
