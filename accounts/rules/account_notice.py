"""What an account notice says (§1.3 ※4, §1.4 ※5, §1.5 ※5): the shape that is frozen and printed.

All values are ready to print except dates (ISO, `2026-11-22`); an empty string prints as a dash,
an empty list leaves its section out or says that there is nothing. A newline inside a text breaks the line.
Japanese names of the fields, for messages, stand in templates/documents/account_notice.fields.json.
"""

from typing import TypedDict


class Issuer(TypedDict):
    name: str
    department: str


class Company(TypedDict):
    name: str
    postal_code: str
    address: str


class SystemUrl(TypedDict):
    label: str
    url: str


class SmsSender(TypedDict):
    number: str
    carriers: str


class OfficialAccount(TypedDict):
    channel: str  # label: +メッセージ, RCS
    name: str
    identifier_label: str  # botId, エージェントID
    identifier: str
    is_test: bool
    store_display: str  # 表示, 非表示


class NotificationFunction(TypedDict):
    function: str
    account: str  # 商用, 試験用
    url: str
    state: str  # 設定済, 未設定


class Window(TypedDict):
    title: str
    contact: str
    hours: str


class SupportSite(TypedDict):
    url: str
    password: str


class Contact(TypedDict):
    role: str
    name: str
    email: str


class AccountNotice(TypedDict):
    number: str
    edition: int
    issued_on: str
    billing_start_on: str
    issuer: Issuer
    service_name: str
    company: Company
    contract_number: str
    plan: str
    delivery_method: str
    options: list[str]
    system_urls: list[SystemUrl]
    sms_senders: list[SmsSender]
    official_accounts: list[OfficialAccount]
    global_ips: list[str]
    notification_functions: list[NotificationFunction]
    windows: list[Window]
    support_site: SupportSite
    contacts: list[Contact]
    supersedes: str | None  # number of the edition this one takes the place of
