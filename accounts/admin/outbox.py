"""送信メール and メール不達: what goes out, why something did not, and once more."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter

from accounts.admin.deeds import Deed, DeedForm, Doing
from accounts.admin.fields import SeveralFilesField, name_and_data
from accounts.admin.pages import PageAdmin
from accounts.admin.tones import MAIL_TONES
from accounts.models import AccountNotice, MailProblem, MailState, OutgoingMail
from accounts.services import bounces, outbox
from accounts.services.errors import Refused
from accounts.services.outbox import MailText
from accounts.templatetags.kmc_admin import badge, jtime

Given = dict[str, Any]
Edited = MailText | None
CHANGE = "accounts.change_outgoingmail"
NOT_SENT = (MailState.REFUSED, MailState.FAILED)
KIND_LABELS = {
    "invitation": "招待",
    "password_reset": "パスワード再設定",
    "password_changed": "パスワード変更の通知",
    "unknown_account": "登録のない宛先への案内",
    "submission_received": "申込の受領",
    "returned": "差戻し",
    "accepted": "受付受理",
    "confirmation_requested": "登録内容の確認依頼",
    "carrier_remarked": "キャリアの指摘",
    "function_failed": "疎通確認NG",
    "function_worsened": "通知先の悪化",
    "rejected": "却下",
    "account_notice": "アカウント通知書",
    "shown_in_store": "ストア表示の完了",
    "change_completed": "変更の完了",
    "cancellation_fixed": "解約の確定",
    "contract_ended": "契約の終了",
    "test_account_received": "試験用アカウントの受付",
    "support_password_changed": "サポートサイトのパスワード変更",
    "invoice": "請求書",
}


class ResendForm(DeedForm):
    to = forms.EmailField(
        label="宛先",
        max_length=254,
        help_text="宛先が間違っていた場合は直してください。本文はそのまま送ります。",
    )

    def prepare(self) -> None:
        self.initial.setdefault("to", self.doing.obj.to)


class BounceForm(DeedForm):
    reports = SeveralFilesField(
        label="不達通知のメール",
        help_text="届いた不達通知（.eml）をまとめて選べます。宛先のメールアドレスに「不達」の印が付きます。",
        error_messages={"required": "不達通知のファイルを選んでください。"},
    )


def _resend(doing: Doing, given: Given, edited: Edited) -> str:
    copy = outbox.resend(mail=doing.obj, actor=doing.actor, now=doing.now, to=given["to"])
    return f"{copy.to} にもう一度送ります。"


def _cancel(doing: Doing, given: Given, edited: Edited) -> str:
    outbox.cancel(mail_id=doing.obj.pk, actor=doing.actor)
    return "送信を取り止めました。"


def _record_bounces(doing: Doing, given: Given, edited: Edited) -> str:
    addresses = []
    for report in given["reports"]:
        _, data = name_and_data(report)
        addresses += [row.address for row in bounces.record(data=data, actor=doing.actor, now=doing.now)]
    return f"不達を記録しました：{'、'.join(dict.fromkeys(addresses))}"


def _not_resendable(doing: Doing) -> str | None:
    if doing.obj.state in (MailState.QUEUED, MailState.CLAIMED):
        return "このメールはまだ送信待ちです。結果が出てから再送してください。"
    return None


class TroubleFilter(DropdownFilter):
    title = "対応"
    parameter_name = "trouble"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "届いていないもの（未対応）")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(undelivered()) if self.value() == "yes" else queryset


def undelivered() -> Q:
    """Refused, failed or bounced, and not sent again since."""
    return Q(resends=None) & (
        Q(state__in=NOT_SENT)
        | Q(pk__in=MailProblem.objects.filter(solved_at=None).exclude(mail=None).values("mail"))
    )


@admin.action(description="もう一度送る（宛先拒否・送信失敗のもの）", permissions=["resend"])
def resend_selected(model_admin: Any, request: HttpRequest, queryset: Any) -> None:
    """The failed and refused ones among the chosen that nobody has sent again, each to its own address."""
    now, done, refusals = timezone.now(), 0, []
    chosen = list(queryset.order_by("pk").prefetch_related("resends"))
    failed = [mail for mail in chosen if mail.state in NOT_SENT and not mail.resends.all()]
    for mail in failed:
        try:
            outbox.resend(mail=mail, actor=request.user, now=now)  # type: ignore[arg-type]
        except Refused as refusal:
            refusals.append(f"{mail}：{refusal}")
        else:
            done += 1
    if done:
        messages.success(request, f"{done}通をもう一度送ります。")
    if left := len(chosen) - len(failed):
        messages.warning(
            request, f"{left}通は、宛先拒否でも送信失敗でもないか、再送済みのため、送りませんでした。"
        )
    for text in refusals:
        messages.error(request, text)


@admin.register(OutgoingMail)
class OutgoingMailAdmin(PageAdmin):
    page_template = "admin/accounts/outgoingmail/page.html"
    list_before_template = "admin/accounts/outgoingmail/_tools.html"
    list_display = (
        "time_column",
        "subject_column",
        "to_column",
        "company_column",
        "state_column",
        "attempts",
    )
    list_display_links = ("time_column", "subject_column")
    actions = (resend_selected,)
    list_filter = (TroubleFilter, ("state", ChoicesDropdownFilter))
    list_filter_submit = True
    search_fields = ("to", "subject", "customer__name", "customer__search_key", "about")
    search_help_text = "宛先・件名・企業名・申込番号"
    list_select_related = ("customer",)
    deeds = (
        Deed("resend", "もう一度送る", _resend, ResendForm, permission=CHANGE, refusal=_not_resendable, button="このメールを送る",
             explain="同じ内容のメールを新しく1通送ります。"),
        Deed("cancel", "送信を取り止める", _cancel, direct=True, permission=CHANGE),
    )  # fmt: skip
    list_deeds = (
        Deed("bounces", "不達通知を取り込む", _record_bounces, BounceForm, permission=CHANGE, button="取り込む",
             explain="メールが届かなかったことを知らせる通知メール（delivery status report）を取り込み、担当者やユーザーの宛先に印を付けます。次に届いたメールで印は消えます。",
             goes_to=lambda doing: f"{reverse('admin:accounts_mailproblem_changelist')}?open=yes"),
    )  # fmt: skip

    def has_resend_permission(self, request: HttpRequest) -> bool:
        return self.may(request)

    @admin.display(description="登録・送信", ordering="pk")
    def time_column(self, row: OutgoingMail) -> str:
        sent = f"送信 {jtime(row.sent_at)}" if row.sent_at else "未送信"
        return format_html(
            '<span class="kmc-nowrap">{}<span class="kmc-sub">{}</span></span>', jtime(row.created_at), sent
        )

    @admin.display(description="件名", ordering="subject")
    def subject_column(self, row: OutgoingMail) -> str:
        number = row.about.rpartition(":")[2]
        about = " ".join(filter(None, (KIND_LABELS.get(row.kind, row.kind), number)))
        return format_html('{}<span class="kmc-sub">{}</span>', row.subject, about)

    @admin.display(description="宛先", ordering="to")
    def to_column(self, row: OutgoingMail) -> str:
        return format_html('{}<span class="kmc-sub">{}</span>', row.to, row.to_name)

    @admin.display(description="ご利用企業", ordering="customer__search_key")
    def company_column(self, row: OutgoingMail) -> str:
        return str(row.customer or "—")

    @admin.display(description="状態", ordering="state")
    def state_column(self, row: OutgoingMail) -> str:
        error = row.last_error[:60] if row.state != MailState.SENT else ""
        return format_html(
            '{}<span class="kmc-sub">{}</span>', badge(row.get_state_display(), MAIL_TONES[row.state]), error
        )

    def page_context(self, request: HttpRequest, obj: OutgoingMail) -> dict[str, Any]:
        ids = [one["id"] for one in obj.attachments if one["kind"] == "account_notice"]
        return {
            "mail": obj,
            "kind": KIND_LABELS.get(obj.kind, obj.kind),
            "tone": MAIL_TONES[obj.state],
            "problems": list(obj.problems.all()),
            "resends": list(obj.resends.all()),
            "attached": list(AccountNotice.objects.filter(pk__in=ids).select_related("contract")),
            "may_resend": self.may(request) and _not_resendable(self.doing(request, obj)) is None,
            "may_cancel": self.may(request) and obj.state == MailState.QUEUED,
        }


class SolvedFilter(DropdownFilter):
    title = "対応"
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "未解消"), ("no", "解消済み")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() not in ("yes", "no"):
            return queryset
        return queryset.filter(solved_at__isnull=self.value() == "yes")


@admin.register(MailProblem)
class MailProblemAdmin(PageAdmin):
    page_template = "admin/accounts/mailproblem/page.html"
    list_before_template = "admin/accounts/mailproblem/_tools.html"
    list_display = ("address", "kind", "detail", "time_column", "state_column")
    list_filter = (SolvedFilter, ("kind", ChoicesDropdownFilter))
    list_filter_submit = True
    search_fields = ("address", "detail")
    search_help_text = "メールアドレス・理由"

    @admin.display(description="日時", ordering="at")
    def time_column(self, row: MailProblem) -> str:
        return jtime(row.at)

    @admin.display(description="対応", ordering="solved_at")
    def state_column(self, row: MailProblem) -> str:
        return badge("解消済み", "good") if row.solved_at else badge("未解消", "bad")

    def page_context(self, request: HttpRequest, obj: MailProblem) -> dict[str, Any]:
        return {"problem": obj}
