"""The admin's navigation: pages by what people look for."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse


def environment(request: HttpRequest) -> list[str] | None:
    return ["デモ環境", "warning"] if settings.DEMO else None


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Groups of links that this person may open."""
    return [
        {**group, "items": [item for item in group["items"] if item["allowed"]]} for group in _groups(request)
    ]


def _groups(request: HttpRequest) -> list[dict[str, Any]]:
    return [
        {"items": [_item(request, "ホーム", "home", "index", exact=True)]},
        {
            "title": "申込",
            "separator": True,
            "items": [
                _item(request, "手続き中の申込", "inbox", "applications_application_changelist", "?live=yes"),
                _item(
                    request,
                    "メールで届いた申込を登録",
                    "forward_to_inbox",
                    "applications_application_add",
                    allowed=request.user.has_perm("applications.add_application"),
                ),
                _item(
                    request,
                    "変更申込を登録",
                    "edit_document",
                    "applications_application_list_do",
                    args=("start_change",),
                    allowed=request.user.has_perm("applications.add_application"),
                ),
                _item(
                    request,
                    "解約申込を登録",
                    "cancel_presentation",
                    "applications_application_list_do",
                    args=("start_cancellation",),
                    allowed=request.user.has_perm("applications.add_application"),
                ),
            ],
        },
        {
            "title": "お客様",
            "separator": True,
            "items": [
                _item(request, "ご利用企業", "apartment", "accounts_customer_changelist"),
                _item(request, "契約", "contract", "accounts_contract_changelist"),
                _item(request, "通知先", "webhook", "accounts_notificationendpoint_changelist", "?holds=now"),
                _item(request, "販売パートナー", "handshake", "accounts_salespartner_changelist"),
            ],
        },
        {
            "title": "請求",
            "separator": True,
            "items": [
                _item(request, "締め", "event_available", "billing_billingrun_changelist"),
                _item(request, "請求書", "receipt_long", "billing_invoice_changelist"),
                _item(request, "配信実績", "bar_chart", "billing_usagefile_changelist"),
                _item(request, "料金表", "payments", "billing_pricelist_changelist"),
                _item(request, "請求先", "account_balance", "billing_billingaccount_changelist"),
                _item(request, "一時費用", "request_quote", "billing_oneoffcharge_changelist"),
                _item(request, "SMS課金通数の確認", "calculate", "segments"),
            ],
        },
        {
            "title": "メール",
            "separator": True,
            "items": [
                _item(request, "送信メール", "outgoing_mail", "accounts_outgoingmail_changelist"),
                _item(request, "不達の宛先", "unsubscribe", "accounts_mailproblem_changelist", "?open=yes"),
            ],
        },
        {
            "title": "資料と設定",
            "separator": True,
            "items": [
                _item(request, "資料の版", "library_books", "accounts_materialedition_changelist"),
                _item(request, "契約プランの一覧", "table_view", "plans"),
                _item(request, "設定値", "tune", "accounts_setting_changelist"),
                _item(
                    request,
                    "会社休業日",
                    "event_busy",
                    "accounts_companyclosingday_changelist",
                    "?when=coming",
                ),
            ],
        },
        {
            "title": "管理",
            "separator": True,
            "items": [
                _item(
                    request,
                    "社内ユーザー",
                    "badge",
                    "accounts_user_changelist",
                    allowed=request.user.is_superuser,
                ),
                _item(request, "ダウンロード記録", "download", "accounts_download_changelist"),
                _item(request, "定期ジョブ", "schedule", "jobs"),
            ],
        },
    ]


def account_links(request: HttpRequest) -> list[dict[str, str]]:
    return [{"title": "パスワードを変更する", "link": reverse("account_change_password")}]


def _item(
    request: HttpRequest,
    title: str,
    icon: str,
    name: str,
    query: str = "",
    *,
    exact: bool = False,
    allowed: bool = True,
    args: tuple[str, ...] = (),
) -> dict[str, Any]:
    address = reverse(f"admin:{name}", args=args)
    return {
        "title": title,
        "icon": icon,
        "link": f"{address}{query}",
        "active": _is_open(request.path, address, exact),
        "allowed": allowed,
    }


def _is_open(path: str, address: str, exact: bool) -> bool:
    """The longest page that fits: a case's page belongs to the list, what makes a new case to its own entry."""
    if exact or path == address:
        return path == address
    return path.startswith(address) and not path.endswith("/add/") and not path.startswith(f"{address}do/")
