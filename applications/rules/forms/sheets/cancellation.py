"""解約申込書 (§3.1): which contract ends, and what its customer must know before."""

from applications.rules.forms.description import Field, Kind, Section, Sheet
from applications.rules.forms.sheets.changes import head
from applications.rules.forms.sheets.check_items import CHECKED, MUST_BE_CHECKED

CANCELLATION_SHEET = Sheet(
    "cancellation_form",
    "解約申込書",
    "解約申込書（APIプラン）",
    (
        *head(),
        Section(
            "解約の内容",
            (
                Field(
                    "cancel.last_month_wish",
                    "最後のご利用希望月",
                    max_length=40,
                    help="参考としてお伺いします。解約の月は、お申し込みの日と締切によって決まります。",
                    example="2027年3月",
                    guide="§3.2",
                ),
                Field("cancel.reason", "解約の理由", Kind.LONG_TEXT, max_length=500),
            ),
        ),
        Section(
            "ご確認いただきたいこと",
            (
                Field(
                    "cancel.understood_fee",
                    "解約手数料",
                    Kind.BOOL,
                    required=True,
                    words=CHECKED,
                    must=MUST_BE_CHECKED,
                    help="契約プラン表の内容によって、解約手数料がかかる場合があることを承知しています。",
                    guide="§3.1",
                ),
                Field(
                    "cancel.understood_end",
                    "解約後の配信",
                    Kind.BOOL,
                    required=True,
                    words=CHECKED,
                    must=MUST_BE_CHECKED,
                    help="解約の後は、SMS・+メッセージ・RCSのいずれも配信できないことを承知しています。",
                    guide="§3.1",
                ),
            ),
            "右の内容を読み、すべての項目で「確認済」を選んでください。",
        ),
    ),
)
