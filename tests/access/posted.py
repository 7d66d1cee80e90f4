"""What is posted to the URLs of the access tables: enough that the deed would be done."""

import datetime
from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import MaterialCode, MaterialEdition, NotificationEndpoint
from accounts.services import settings
from applications.rules.cancellation import cancellation
from kmc_portal.demo import papers
from kmc_portal.demo.people import PASSWORD
from kmc_portal.lib.jst import date_of
from kmc_portal.lib.months import Month
from tests.access import change_things
from tests.access.stage import Stage

TODAY = date_of(timezone.now())
TOMORROW = TODAY + datetime.timedelta(days=1)

Data = dict[str, Any]
FROM_PAGE = "(as the page has it)"  # a hidden value that a person's browser would send back
MAIL = {"mail_subject": "件名", "mail_body": "本文"}
NOTICE_MAIL = {"mail_subject": "件名", "mail_body": "パスワード：⟦support_site_password⟧"}
INVITATION = {"mail_subject": "件名", "mail_body": "リンク：⟦link⟧"}
CHOICE = {"plan": "sms", "delivery_method": "api"}
TRY = {"try-function": "sms_result", "try-url": "https://hooks.example.jp/a"}
PRICE_TABLE = "項目コード,キャリア,課金方式,範囲,税区分,超える数量,単価\nsms,,flat,contract,standard,0,3\n"
BILLING_PROFILE = {
    "name": "あおぞら食品株式会社",
    "email": "keiri@draft.example.jp",
    "payment_method": "invoice",
    "rounding": "floor",
}
BOUNCE = (
    b"From: MAILER-DAEMON@example.jp\r\nTo: kmc-support@example.jp\r\nSubject: Undelivered\r\n"
    b"Date: Fri, 20 Nov 2026 10:00:00 +0900\r\nMessage-ID: <bounce-1@example.jp>\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain\r\n\r\nNot delivered.\r\n"
    b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.jp\r\n\r\n"
    b"Final-Recipient: rfc822; nobody@draft.example.jp\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n"
)


def of_case(name: str, **data: Any) -> Callable[[Stage], Data]:
    """Posted with the case's version; a value that is a name of the stage is looked up (`@finding`)."""
    return lambda stage: {"version": stage.version(name), **_resolved(stage, data)}


def plain(**data: Any) -> Callable[[Stage], Data]:
    return lambda stage: _resolved(stage, data)


def _resolved(stage: Stage, data: Data) -> Data:
    return {
        key: stage.value(value[1:]) if isinstance(value, str) and value.startswith("@") else value
        for key, value in data.items()
    }


def _prefixed(case: str, thing: str, prefix: str, **data: str) -> Callable[[Stage], Data]:
    """The portal's forms of which a page has several."""
    return lambda stage: {
        "version": stage.version(case),
        **{f"{prefix}-{stage.value(thing)}-{key}": value for key, value in data.items()},
    }


def _workbook(stage: Stage) -> SimpleUploadedFile:
    [upload] = papers.application_uploads(stage.story("draft").company, date_of(timezone.now()))
    return SimpleUploadedFile(upload.name, upload.data)


def _consents(stage: Stage) -> list[int]:
    codes = [MaterialCode.TERMS, MaterialCode.DELIVERY_GUIDELINE, MaterialCode.PROCEDURE_GUIDE]
    return [edition.pk for edition in MaterialEdition.objects.filter(material__in=codes)]


def _url_of(stage: Stage) -> str:
    return NotificationEndpoint.objects.get(pk=stage.value("endpoint")).url


def _corrected(stage: Stage) -> Data:
    return {"shown": _url_of(stage), "url": "https://hooks.example.jp/corrected"}


def _last_month() -> Month:
    return cancellation(date_of(timezone.now()), settings.office()).last_month


_APPLICATION = "admin:applications_application"
_ENDPOINT = "admin:accounts_notificationendpoint"


def _deed(name: str, deed: str, **data: Any) -> tuple[str, Callable[[Stage], Data]]:
    return f"{_APPLICATION}_do pk={name} deed={deed}", of_case(name, **data)


def _changed(name: str, deed: str, **data: Any) -> tuple[str, Callable[[Stage], Data]]:
    """The same of a change or cancellation, which is no story of its own."""
    return f"{_APPLICATION}_do pk={name} deed={deed}", lambda stage: {
        "version": change_things.version_of(stage, name),
        **data,
    }


def _received(stage: Stage) -> Data:
    """What came by mail today from a company with a contract in use."""
    contract = stage.case("active").own_contract
    return {"contract": contract.number, "mail_received_at": f"{TODAY}T00:00", "checked": "yes"}


def _chosen_row(action: str) -> Callable[[Stage], Data]:
    return plain(action=action, _selected_action="@in_review")


POSTED: dict[str, Callable[[Stage], Data]] = {
    "account_login": plain(login="nobody@example.jp", password="wrong"),
    "account_reset_password": plain(email="nobody@example.jp"),
    "account_change_password": plain(
        oldpassword=PASSWORD, password1="another-long-word-2026", password2="another-long-word-2026"
    ),
    # the portal
    "portal:application_new": plain(**CHOICE),
    "portal:application_choice pk=draft": of_case("draft", **CHOICE, options=["long_sms"]),
    "portal:change_new pk=contract": plain(items=["global_ip"], seen="global_ip"),
    "portal:change_new pk=changing_contract": lambda s: (
        s.value("change_draft"),
        {"items": ["company"], "seen": "company"},
    )[1],
    "portal:change_items pk=change_draft": plain(items=["global_ip"], seen="global_ip", version="1"),
    "portal:cancellation_new pk=contract": lambda s: {"seen": str(_last_month())},
    "portal:withdraw pk=returned": of_case("returned", reason="計画が延期になったため"),
    "portal:attach pk=draft": lambda s: {"version": s.version("draft"), "files": _workbook(s)},
    "portal:detach pk=draft attachment_pk=form": of_case("draft"),
    "portal:submit pk=draft": lambda s: {"version": s.version("draft"), "consent": _consents(s)},
    "portal:confirm pk=confirming": of_case("confirming"),
    "portal:object pk=confirming": of_case("confirming", reason="住所が違います。"),
    "portal:carrier_reply pk=remarked review_pk=remark": _prefixed(
        "remarked", "remark", "reply", text="直しました。"
    ),
    "portal:carrier_reply pk=confirming review_pk=remark": _prefixed(
        "confirming", "remark", "reply", text="直しました。"
    ),
    "portal:function_ready pk=confirming endpoint_pk=endpoint": _prefixed(
        "confirming", "endpoint", "function", when="now"
    ),
    "portal:function_ready pk=remarked endpoint_pk=endpoint": _prefixed(
        "remarked", "endpoint", "function", when="now"
    ),
    "portal:tries pk=trying": plain(**TRY),
    "portal:tries pk=confirming": plain(**TRY),
    "portal:endpoint_url pk=endpoint": lambda s: {
        f"url-{s.value('endpoint')}-shown": _url_of(s),
        f"url-{s.value('endpoint')}-url": "https://hooks.example.jp/corrected",
    },
    "portal:user_invite": plain(name="新しい 人", email="newcomer@draft.example.jp", role="member"),
    "portal:user_role pk=colleague": plain(role="administrator"),
    "portal:user_active pk=colleague": plain(active="no"),
    # applications in the admin
    f"{_APPLICATION}_changelist !assign_to_me": _chosen_row("assign_to_me"),
    f"{_APPLICATION}_changelist !put_back": _chosen_row("put_back"),
    f"{_APPLICATION}_changelist !export_selected": _chosen_row("export_selected"),
    f"{_APPLICATION}_add": lambda s: {
        **CHOICE,
        "customer": s.value("company"),
        "mail_received_at": f"{TODAY}T00:00",
        "uploads": _workbook(s),
    },
    f"{_APPLICATION}_list_do deed=start_release": plain(contract="@contract"),
    f"{_APPLICATION}_list_do deed=start_change": lambda s: {**_received(s), "items": ["company"]},
    f"{_APPLICATION}_list_do deed=start_cancellation": _received,
    **dict(
        (
            _changed("change_draft", "choose_items", items=["company", "global_ip"], checked="yes"),
            _changed("change_with_numbers", "assign_numbers", numbers_number_050="05000000123"),
            _changed("change_in_setup", "complete_change", in_force_on=str(TODAY), **MAIL),
            _changed("change_to_prepare", "prepare_change"),
            _changed("change_waits", "send_back_change", reason="番号を確かめてください。"),
            _changed("change_waits", "approve_change", in_force_on=str(TODAY), **MAIL),
            _changed(
                "cancellation_waits", "set_last_month", month=str(Month.of(TODAY).plus(6)), reason="ご希望"
            ),
            _changed("cancellation_waits", "reopen_cancellation", reason="確かめ直すため"),
            _changed("cancellation_waits", "fix_cancellation", **MAIL),
            _deed("submitted", "take"),
            _deed("in_review", "return", note="", **MAIL),
            _deed("reviewed", "accept", **MAIL),
            _deed("accepted", "request_confirmation", **MAIL),
            _deed("confirming", "confirm", note="電話で確認しました。"),
            _deed("confirming", "object", reason="住所が違うとのこと。"),
            _deed("approved", "finish_carriers"),
            _deed("ready", "prepare_notice"),
            _deed("notice_waits", "send_back_notice", reason="番号の確認をお願いします。"),
            _deed("notice_waits", "issue_notice", **NOTICE_MAIL),
            _deed("release_accepted", "show_in_store", **MAIL),
            _deed("in_review", "hold", reason="ご連絡待ち"),
            _deed("on_hold", "resume"),
            _deed("in_review", "withdraw", reason="お電話でのお申し出"),
            _deed("in_review", "reject", reason="認められない用途のため", **MAIL),
            _deed("in_review", "assign_to_me"),
            _deed("in_review", "put_back"),
            _deed("in_review", "hand_on", to="@colleague_of_ours"),
            _deed("in_review", "memo", text="電話で確認しました。"),
            _deed("in_review", "accept_document", document="check_sheet"),
            _deed("reviewed", "unaccept_document", document="check_sheet"),
            _deed("in_review", "accept_all"),
            _deed("in_review", "add_finding", document="check_sheet", text="確認の印がありません。"),
            _deed("in_review", "remove_finding", finding="@finding"),
            _deed("answered", "carrier_apply", review="@answered_review"),
            _deed("partly", "carrier_approve", review="@applied_review"),
            _deed(
                "partly", "carrier_remark", review="@applied_review", text="説明が不足しています。", **MAIL
            ),
            _deed("remarked", "carrier_reply", review="@remark", text="書き換えました。"),
            _deed("confirming", "function_ok", endpoint="@endpoint", note="応答 200、中央値 180 ms"),
            _deed("confirming", "function_ng", endpoint="@endpoint", note="応答 200、中央値 930 ms", **MAIL),
            _deed("confirming", "function_check", endpoint="@endpoint"),
            _deed("confirming", "function_ready", endpoint="@endpoint"),
            _deed("confirming", "function_later", endpoint="@endpoint", ready_on="2099-12-01"),
            _deed("ready", "set_senders", numbers_regular="0120000999"),
            _deed("draft", "choose", **CHOICE, options=["long_sms"]),
            _deed("draft", "detach", attachment="@form"),
        )
    ),
    f"{_APPLICATION}_do pk=confirming deed=function_url": lambda s: {
        "version": s.version("confirming"),
        "endpoint": s.value("endpoint"),
        **_corrected(s),
    },
    "admin:accounts_contract_do pk=contract_with_function deed=check_function": plain(
        endpoint="@checked_endpoint"
    ),
    f"{_ENDPOINT}_do pk=endpoint deed=mark_ok": lambda s: {
        "note": "応答 200、中央値 180 ms",
        "shown": _url_of(s),
    },
    f"{_ENDPOINT}_do pk=endpoint deed=mark_ng": lambda s: {
        "note": "応答 200、中央値 930 ms",
        "shown": _url_of(s),
        **MAIL,
    },
    f"{_ENDPOINT}_do pk=endpoint deed=correct_url": lambda s: _corrected(s),
    f"{_APPLICATION}_do pk=draft deed=submit": lambda s: {
        "version": s.version("draft"),
        "consent": _consents(s),
        **MAIL,
    },
    f"{_APPLICATION}_do pk=draft deed=attach": lambda s: {
        "version": s.version("draft"),
        "uploads": _workbook(s),
    },
    f"{_APPLICATION}_do pk=setup deed=set_identifiers": lambda s: {
        "version": s.version("setup"),
        f"account_{s.value('account')}": "bot-0001",
    },
    # accounts in the admin
    "admin:accounts_customer_add": plain(
        name="株式会社新しい会社", user_name="新井 新", user_email="arai@new.example.jp", **INVITATION
    ),
    "admin:accounts_customer_do pk=company deed=profile": plain(name="draft株式会社（改）", seen=FROM_PAGE),
    "admin:accounts_customer_do pk=company deed=terms": plain(nda_concluded_on="2026-11-01", seen=FROM_PAGE),
    "admin:accounts_customer_do pk=company deed=invite": plain(
        user_name="新井 新", user_email="arai@draft.example.jp", role="member", **INVITATION
    ),
    "admin:accounts_customer_do pk=company deed=invite_again": plain(user="@colleague", **INVITATION),
    "admin:accounts_customer_do pk=company deed=stop": plain(user="@colleague"),
    "admin:accounts_customer_do pk=company deed=reopen": plain(user="@colleague"),
    "admin:accounts_customer_do pk=company deed=role": plain(user="@colleague", role="administrator"),
    "admin:accounts_salespartner_add": plain(name="株式会社橋渡し"),
    "admin:accounts_salespartner_do pk=partner deed=edit": plain(name="株式会社橋渡し", seen=FROM_PAGE),
    "admin:accounts_contract_do pk=contract deed=add_test_account": plain(**MAIL),
    "admin:accounts_contract_do pk=test_contract deed=add_test_account": plain(**MAIL),
    "admin:accounts_contract_do pk=test_contract deed=set_test_identifiers": lambda s: {
        f"account_{s.value('test_account')}": "bot-of-the-test"
    },
    "admin:accounts_contract_do pk=contract deed=request_notice": plain(reason="連絡先の変更"),
    "admin:accounts_contract_do pk=reissue_contract deed=approve_notice": plain(**NOTICE_MAIL),
    "admin:accounts_contract_do pk=reissue_contract deed=send_back_notice": plain(answer="いまは不要です。"),
    "admin:accounts_outgoingmail_do pk=sent_mail deed=resend": plain(to="again@submitted.example.jp"),
    "admin:accounts_outgoingmail_list_do deed=bounces": lambda s: {
        "reports": SimpleUploadedFile("bounce.eml", BOUNCE)
    },
    "admin:accounts_materialedition_add": lambda s: {
        "material": "api_guide",
        "edition": "3.0版",
        "published_on": "2026-12-01",
        "file": SimpleUploadedFile(
            "guide.pdf", papers.material_pdf("API利用ガイド", "3.0版", date_of(timezone.now()))
        ),
    },
    "admin:accounts_setting_do pk=setting deed=change": plain(value="別の名前", seen=FROM_PAGE),
    "admin:accounts_setting_do pk=password_setting deed=change_and_tell": plain(
        value="fresh-pass-phrase", seen=FROM_PAGE, **NOTICE_MAIL
    ),
    "admin:accounts_companyclosingday_add": plain(day="2030-06-04", name="創立記念日の翌日"),
    "admin:accounts_user_add": plain(
        name="新人 八郎", email="hachiro@staff.example.jp", groups=["閲覧"], **INVITATION
    ),
    "admin:accounts_user_do pk=colleague_of_ours deed=groups": plain(groups=["閲覧"], seen=FROM_PAGE),
    "admin:accounts_user_do pk=invited_of_ours deed=invite_again": plain(**INVITATION),
    # prices, billing accounts and one-off charges in the admin
    "admin:billing_pricelist_add": plain(name="標準料金", start="2099-01", table=PRICE_TABLE, checked="0"),
    "admin:billing_pricelist_add !unchecked": plain(name="標準料金", start="2099-01", table=PRICE_TABLE),
    "admin:billing_pricelist_do pk=own_price_list deed=end": plain(start="2099-04"),
    "admin:billing_pricelist_do pk=price_list deed=end": plain(start="2099-04"),
    "admin:billing_billingaccount_add": lambda s: {
        "customer": s.case("draft").customer.number,
        "day": "2026-11-01",
        **BILLING_PROFILE,
    },
    "admin:billing_billingaccount_do pk=billing_account deed=profile": plain(
        day=TOMORROW.isoformat(), **BILLING_PROFILE, seen=FROM_PAGE
    ),
    "admin:billing_billingaccount_do pk=billing_account deed=assign": lambda s: {
        "contract": s.case("active").own_contract.number,
        "start": str(Month.of(TOMORROW).plus(1)),
    },
    "admin:billing_oneoffcharge_add": lambda s: {
        "contract": s.case("active").own_contract.number,
        "kind": "change_fee",
        "tax": "standard",
        "charged_on": date_of(timezone.now()).isoformat(),
        "reason": "公式アカウント設定の変更",
        "token": "0123456789abcdef",
    },
    # the month's close, invoices and delivery records in the admin
    "admin:billing_billingrun_add": plain(month="2026-11"),
    **{
        f"admin:billing_billingrun_do pk={run} deed={deed}": plain(version="0")
        for run, deed in (
            ("run_approved", "finalise"),
            ("run_approved", "take_back"),
            ("run_previewed", "approve"),
            ("run_open", "preview"),
            ("run_open", "approve"),
        )
    },
    "admin:billing_invoice_do pk=sent_invoice deed=reissue": plain(reason="宛名の訂正"),
    "admin:billing_usagefile_list_do deed=upload": lambda s: {
        "uploads": SimpleUploadedFile("usage-20261101.csv", b"message_id\r\n")
    },
    "admin:segments": plain(chars="71"),
}
