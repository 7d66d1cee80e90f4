"""The buttons of a contract's page for its test accounts (§2.0, §2.1a): ask for them, enter identifiers, end them."""

from typing import Any

from django import forms

from accounts.admin.deeds import Deed, DeedForm, Doing, MailDraft
from accounts.models import ContractState
from accounts.rules.plans import Channel
from accounts.services import outbox, test_accounts
from accounts.services.official_accounts import account_name
from accounts.services.outbox import MailText
from kmc_portal.lib.business_days import japanese_date
from kmc_portal.lib.jst import date_of

Given = dict[str, Any]
Edited = MailText | None
WARNING = "試験用アカウントからの配信にも配信料がかかり、宛先が実際のお客様であればそのまま届きます。"


class AddForm(DeedForm):
    """An own URL per channel, where the contract has the Webhook option."""

    def prepare(self) -> None:
        day = date_of(self.doing.now)
        if not test_accounts.may_have_own_webhook(self.doing.obj, day):
            return
        for channel in test_accounts.channels_to_add(self.doing.obj, day):
            self.fields[f"webhook_{channel.value}"] = forms.CharField(
                label=f"{channel.label}の試験用Webhook URL",
                required=False,
                max_length=2048,
                help_text="空欄なら、商用アカウントの通知先を使います。",
            )


class IdentifiersForm(DeedForm):
    """One field per test account."""

    def prepare(self) -> None:
        day = date_of(self.doing.now)
        for account in test_accounts.in_use(self.doing.obj):
            self.fields[f"account_{account.pk}"] = forms.CharField(
                label=f"{account.get_channel_display()}「{account_name(account, day)}」の{account.identifier_label}",
                required=False,
                max_length=64,
                initial=account.identifier,
            )


def _urls(given: Given) -> dict[Channel, str]:
    return {Channel(name.removeprefix("webhook_")): url for name, url in given.items()}


def _add(doing: Doing, given: Given, edited: Edited) -> str:
    test_accounts.add(
        contract=doing.obj, webhook_urls=_urls(given), actor=doing.actor, now=doing.now, edited=edited
    )
    return "試験用アカウントのお申し込みを登録しました。運用の担当者が識別子を入力すると、通知書の再発行に進みます。"


def _mail(doing: Doing, given: Given) -> MailDraft:
    day = date_of(doing.now)
    contact = test_accounts.contact_of(doing.obj, day)
    urls = {channel: url.strip() for channel, url in _urls(given).items() if url.strip()}
    text = outbox.compose("test_account_received", test_accounts.mail_context(doing.obj, urls, day))
    return MailDraft(text, [f"{contact.name} 様 <{contact.email}>"], [WARNING])


def _cannot_add(doing: Doing) -> str | None:
    return test_accounts.refusal(doing.obj, date_of(doing.now))


def _set_identifiers(doing: Doing, given: Given, edited: Edited) -> str:
    identifiers = {int(name.removeprefix("account_")): text for name, text in given.items()}
    entered = test_accounts.set_identifiers(
        contract_id=doing.obj.pk, identifiers=identifiers, actor=doing.actor, now=doing.now
    )
    if entered.missing:
        return f"試験用アカウントの識別子を保存しました。あと{entered.missing}件が未入力です。"
    if entered.notice_requested:
        return "試験用アカウントの識別子を保存し、通知書の再発行を依頼しました。別の承認者が承認すると発行されます。"
    return "試験用アカウントの識別子を保存しました。"


def _cannot_enter(doing: Doing) -> str | None:
    if not test_accounts.may_enter(doing.actor):
        return "試験用アカウントの識別子は「運用」の担当者が入力します。"
    if doing.obj.state != ContractState.ACTIVE:
        return "契約が利用中になる前の識別子は、申込の画面の「アカウント設定」で入力してください。"
    return None if test_accounts.in_use(doing.obj) else "この契約に試験用アカウントはありません。"


def _end(doing: Doing, given: Given, edited: Edited) -> str:
    last = test_accounts.end(contract_id=doing.obj.pk, actor=doing.actor, now=doing.now)
    return (
        f"試験用アカウントは{japanese_date(last)}で終了します。"
        "通知書から外すには、翌日以降に通知書の再発行を依頼してください。"
    )


def _nothing_to_end(doing: Doing) -> str | None:
    if doing.obj.state != ContractState.ACTIVE or not test_accounts.in_use(doing.obj):
        return "この契約に、終了できる試験用アカウントはありません。"
    return None


TEST_ACCOUNT_DEEDS = (
    Deed("add_test_account", "試験用アカウントを申し込む", _add, AddForm, mail=_mail, permission=test_accounts.MAY_CHANGE,
         refusal=_cannot_add, anchor="accounts", button="申し込みを登録する",
         explain=f"商用アカウントの名称の末尾に「TEST」を付けたアカウントを、公式アカウントごとに一つ作ります。ほかの設定はいつも商用アカウントと同じです。{WARNING}"),
    Deed("set_test_identifiers", "試験用アカウントの識別子を入力する", _set_identifiers, IdentifiersForm, permission=test_accounts.MAY_CHANGE,
         refusal=_cannot_enter, anchor="accounts", button="保存する",
         explain="すべて入力すると、通知書の再発行を自動で依頼します。入力した識別子からの配信は、請求の内訳で「試験用」と示します。"),
    Deed("end_test_account", "試験用アカウントを終了する", _end, permission=test_accounts.MAY_CHANGE, refusal=_nothing_to_end, anchor="accounts",
         button="今日で終了する", danger=True,
         explain="今日が最後の利用日になり、試験用のWebhook通知先も終わります。月額料金は今月分まで全額かかります。識別子は記録に残り、届いた配信実績は引き続き課金します。"),
)  # fmt: skip
