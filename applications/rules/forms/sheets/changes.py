"""サービス利用変更申込書, アカウントパラメータ変更申込書: the application's questions, asked again by item (§2.1b)."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from accounts.rules.plans import Channel, ContactRole, Option, Plan
from applications.rules.change_keys import change_key, item_of
from applications.rules.changes import (
    CHANGES,
    ITEM_CHANNELS,
    PLAN_CHANGES,
    RULE_OF,
    ChangeDocument,
    ChangeItem,
    Fee,
)
from applications.rules.forms.conditions import WITH_SMS, option_key, when_option
from applications.rules.forms.description import Condition, Field, Kind, Section, Sheet, Table, Values
from applications.rules.forms.sheets.application import COMPANY, OPTION_HELP, PAYMENT, contact, option_field
from applications.rules.forms.sheets.official_accounts import PLUS_SECTIONS, RCS_SECTIONS
from applications.rules.forms.sheets.parameters import NETWORK, USAGE, sms_sections
from applications.rules.forms.sheets.plan_table import CHANNEL_ROWS, DEMO_NOTE
from applications.rules.forms.sheets.sms_result import SMS_RESULT_SHEET

CHANGE_OR_NOT = ("変更する", "変更しない")

# What stands on a form of a change or cancellation besides the answers of items.
HEAD_KEYS: tuple[str, ...] = (
    "applied_on",
    "contract.number",
    "contract.company_name",
    "applicant.name",
    "applicant.name_kana",
    "applicant.department",
    "applicant.email",
    "applicant.phone",
)

WISHED_NUMBER = Field(  # (ours): the number that comes with 共通番号 is given out by us
    "sms.common_number_wish",
    "送信元表示番号（共通番号）のご希望",
    only_when=when_option(Option.TWO_WAY_SMS),
    max_length=100,
    help="ご希望の番号や変更の理由をご記入ください。番号は当社で確認のうえお知らせします。",
    guide="§2.1b",
)
CHANGE_FEES: dict[str, Channel] = {  # rows of the plan table that a change may cost
    "050番号": Channel.SMS,
    "双方向SMS / 共通番号": Channel.SMS,
    "SoftBank送信元表示番号": Channel.SMS,
    "公式アカウントの設定変更": Channel.PLUS,  # §2.1b ※2
}


def head() -> tuple[Section, ...]:
    """Which contract, and the person our answers go to."""
    fields = (
        Field("applied_on", "申込日", Kind.DATE, required=True, example="2026/11/22"),
        Field(
            "contract.number",
            "ご利用番号",
            required=True,
            max_length=40,
            help="アカウント通知書に記載の番号です。",
        ),
        Field(
            "contract.company_name",
            "企業名（法人名）",
            required=True,
            max_length=100,
            help="ご契約を確かめるため、いま登録されている企業名をご記入ください。",
            example="株式会社見本商事",
        ),
    )
    return (
        Section("お申し込み", fields),
        replace(
            contact("applicant", ContactRole.APPLICANT),
            note="このお申し込みについて、当社からのご連絡を差し上げる方です。",
        ),
    )


def declaration(items: Collection[ChangeItem]) -> Section:
    """変更する項目: one yes or no per item, with its days and fee."""
    return Section(
        "変更する項目",
        tuple(
            Field(
                change_key(item),
                item.label,
                Kind.BOOL,
                required=True,
                words=CHANGE_OR_NOT,
                default=CHANGE_OR_NOT[1],
                help=_days_and_fee(item),
                guide="§2.1b",
            )
            for item in items
        ),
        "変更する項目だけ「変更する」を選び、下の欄に変更後の内容をご記入ください。",
    )


def _days_and_fee(item: ChangeItem) -> str:
    rule = RULE_OF[item]
    fee = "" if rule.fee is Fee.NONE else f"　料金: {rule.fee.label}"
    return f"必要日数: {rule.lead_time_label}{fee}"


def by_item(section: Section, items: Collection[ChangeItem]) -> Section:
    """An application's section in a form of changes: needed where its item changes, blank until then."""
    fields = tuple(_by_item(field, items) for field in section.fields)
    return Section(section.title, fields, section.note, with_before=True)


def _by_item(field: Field, items: Collection[ChangeItem]) -> Field:
    field = replace(field, default="", missing_warning="")
    owners = tuple(_owners(field.key, items))
    if field.kind is Kind.IMAGE_NAME:
        field = replace(field, help=f"画像を変えない場合はそのままで構いません。{field.help}")
    if not owners:  # for reference
        return replace(field, required=False, needed_when=None)
    if field.required:
        return replace(field, required=False, needed_when=_when_changed(owners, None))
    if field.needed_when is not None:
        return replace(field, needed_when=_when_changed(owners, field.needed_when))
    return field


ALSO_NEEDED_BY: dict[str, tuple[ChangeItem, ...]] = {  # besides the item that the answer belongs to
    "network.static_declared": (ChangeItem.GLOBAL_IP,),  # §1.2
    "sms.mo_url": (ChangeItem.TWO_WAY_SMS,),  # §1.8
    "sms.sender_numbers": (ChangeItem.OPTION_050, ChangeItem.TWO_WAY_SMS),  # where these end (ours)
}


def _owners(key: str, items: Collection[ChangeItem]) -> Iterator[ChangeItem]:
    """The items of a form under which an answer is needed; a plan change where it brings the answer's channel."""
    own = item_of(key)
    for item in items:
        brought = item in PLAN_CHANGES and item_of(key, item) is item
        if brought or item is own or item in ALSO_NEEDED_BY.get(key, ()):
            yield item


def _short(item: ChangeItem) -> str:
    return item.label.partition("（")[0].partition(":")[0]


def _when_changed(owners: tuple[ChangeItem, ...], also: Condition | None) -> Condition:
    keys = tuple(change_key(item) for item in owners)
    names = "」または「".join(dict.fromkeys(_short(item) for item in owners))

    def holds(values: Values) -> bool:
        declared = any(values.get(key) is True for key in keys)
        return declared and (also is None or also.holds(values))

    words = f"「{names}」を変更する場合" if also is None else f"「{names}」を変更し、{also.words}"
    return Condition(words, (*keys, *(also.reads if also is not None else ())), holds)


SERVICE_ITEMS = tuple(rule.item for rule in CHANGES if rule.document is ChangeDocument.SERVICE)
SERVICE_CHANGE_SHEET = Sheet(
    "service_change",
    "サービス利用変更申込書",
    "サービス利用変更申込書（APIプラン）",
    (
        *head(),
        declaration(SERVICE_ITEMS),
        *(
            by_item(section, SERVICE_ITEMS)
            for section in (
                COMPANY,
                contact("account_contact", ContactRole.ACCOUNT),
                contact("service_contact", ContactRole.SERVICE),
                contact("billing_contact", ContactRole.BILLING),
                PAYMENT,
            )
        ),
    ),
    landscape=True,
)


def parameter_items(
    plans: tuple[Plan, ...], plan_changes: tuple[ChangeItem, ...] = ()
) -> tuple[ChangeItem, ...]:
    """What the account parameters' form of these plans can declare, in the order of the table."""
    channels = frozenset[Channel]().union(*(plan.channels for plan in plans))
    return tuple(
        rule.item
        for rule in CHANGES
        if rule.document is ChangeDocument.PARAMETERS
        and (
            rule.item in plan_changes
            if rule.item in PLAN_CHANGES
            else bool(ITEM_CHANNELS.get(rule.item, channels) & channels)
        )
    )


def parameter_change_sheet(plans: tuple[Plan, ...], plan_changes: tuple[ChangeItem, ...] = ()) -> Sheet:
    """`plans`: of the contract; with `plan_changes` the one that these lead to."""
    items = parameter_items(plans, plan_changes)
    channels = frozenset[Channel]().union(*(plan.channels for plan in plans))
    with_sms = [Channel.SMS in plan.channels for plan in plans]
    sections: list[Section] = [USAGE, NETWORK]
    if any(with_sms):
        account, notifications = sms_sections(None if all(with_sms) else WITH_SMS)
        sections += [account, _with_result_urls(notifications), _sms_options(plans, items)]
    if Channel.PLUS in channels:
        sections += [_official_options(plans, items), *PLUS_SECTIONS]
    if Channel.RCS in channels:
        sections += RCS_SECTIONS
    return Sheet(
        "parameter_change",
        "アカウントパラメータ変更申込書",
        "アカウントパラメータ変更申込書（APIプラン）",
        (
            *head(),
            _plan_section(plans, plan_changes),
            declaration(items),
            *(by_item(section, items) for section in sections),
        ),
        tables=(_fees(channels),),
        landscape=True,
    )


def _plan_section(plans: tuple[Plan, ...], plan_changes: tuple[ChangeItem, ...]) -> Section:
    if plan_changes:
        label, help = "変更後の契約プラン", "変更後のプランです。書き換えないでください。"
    else:
        label = "現在の契約プラン"
        help = "この申込書ではプランは変わりません。変更する場合は、利用区分変更の申込書をお使いください。"
    plan = Field(
        "plan",
        label,
        Kind.CHOICE,
        required=True,
        choices=tuple(Plan),
        help=help,
        default=plans[0].label if len(plans) == 1 else "",
        guide="§2.1b",
    )
    return Section("契約プラン", (plan,), with_before=True)


def _with_result_urls(section: Section) -> Section:
    """通知先設定 with the URLs of the 別紙 and after the option that they belong to."""
    asked = when_option(Option.SMS_RESULT_NOTIFICATION)
    option, *others = section.fields
    option = replace(option, help="新しく利用する場合は、【別紙】SMS結果通知先設定申込書もご提出ください。")
    urls = (
        replace(
            field,
            required=False,
            needed_when=asked if field.required else None,
            only_when=asked,
        )
        for field in SMS_RESULT_SHEET.fields
        if field.key in ("result.url", "result.test_url")
    )
    return Section(section.title, (option, *urls, *others), section.note)


def _sms_options(plans: tuple[Plan, ...], items: Collection[ChangeItem]) -> Section:
    paid = (Option.NUMBER_050, Option.TWO_WAY_SMS, Option.SOFTBANK_SENDER)
    new = tuple(option for option in (Option.LONG_SMS,) if any(_owners(option_key(option), items)))
    fields = tuple(_option(option, plans) for option in (*paid, *new))
    return Section("有料オプションサービス", (*fields, WISHED_NUMBER))


def _official_options(plans: tuple[Plan, ...], items: Collection[ChangeItem]) -> Section:
    """The test account decides on the length of names, so it is shown also where it cannot change."""
    new = tuple(option for option in (Option.STORE_DISPLAY,) if any(_owners(option_key(option), items)))
    test = _option(Option.TEST_ACCOUNT, plans)
    test = replace(
        test, help="新しく加わるチャネルのものだけ選べます。ほかの場合は現在のままにしてください。"
    )
    return Section(
        "公式アカウントのオプション",
        (_option(Option.WEBHOOK, plans), *(_option(option, plans) for option in new), test),
    )


def _option(option: Option, plans: tuple[Plan, ...]) -> Field:
    """Without the days of a new contract in its help."""
    return replace(option_field(option, plans), help=OPTION_HELP[option].partition("。")[0] + "。")


def _fees(channels: frozenset[Channel]) -> Table:
    rows = tuple(
        row
        for channel in Channel
        if channel in channels
        for row in CHANNEL_ROWS[channel]
        if CHANGE_FEES.get(row[0]) is channel
    )
    return Table("変更にかかる料金（税抜）", ("項目", "金額", "単位", "備考"), rows, DEMO_NOTE)
