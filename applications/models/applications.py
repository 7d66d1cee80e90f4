"""申込: the case itself, what was attached to its draft, and what happened to it."""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import Contract, Customer, StoredFile, User
from accounts.models.frozen import insert_only
from accounts.rules.plans import DeliveryMethod, Option, Plan
from applications.rules.changes import ChangeItem
from applications.workflow import CLOSED, LIVE, PUBLIC_NAMES, Action, Kind, State
from kmc_portal.lib.choices import Labelled


class ReceivedBy(Labelled):
    """How an application came in."""

    PORTAL = "portal", "ポータル"
    MAIL = "mail", "メール"


class ApplicationQuerySet(models.QuerySet["Application"]):
    def live(self) -> "ApplicationQuerySet":
        return self.filter(state__in=LIVE)

    def closed(self) -> "ApplicationQuerySet":
        return self.filter(state__in=CLOSED)


@pghistory.track()
class Application(models.Model):
    """`version` grows with every write; each form carries the one it was made from (optimistic lock)."""

    number = models.CharField("申込番号", max_length=20, unique=True, editable=False)
    kind = models.CharField("種類", max_length=12, choices=Kind.choices(), default=Kind.NEW)
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="applications", verbose_name="ご利用企業"
    )
    contract = models.ForeignKey(
        Contract, models.PROTECT, null=True, blank=True, related_name="applications", verbose_name="契約"
    )
    plan = models.CharField("契約プラン", max_length=20, choices=Plan.choices())
    delivery_method = models.CharField(
        "配信方法", max_length=10, choices=DeliveryMethod.choices(), default=DeliveryMethod.API
    )
    options = ArrayField(
        models.CharField(max_length=30, choices=Option.choices()),
        default=list,
        blank=True,
        verbose_name="オプション",
    )
    items = ArrayField(
        models.CharField(max_length=40, choices=ChangeItem.choices()),
        default=list,
        blank=True,
        verbose_name="変更項目",
        help_text="変更申込だけ。`plan` と `options` は変更後のもの。",
    )
    assigned = models.JSONField(
        "当社で用意した番号・識別子",
        default=dict,
        blank=True,
        help_text='変更申込だけ。完了するまで適用されません: {"senders": {種類: [番号]}, "identifiers": {チャネル: 識別子}}',
    )
    in_force_on = models.DateField("変更の適用日", null=True, blank=True, editable=False)
    last_month = models.DateField(
        "最終利用月", null=True, blank=True, editable=False, help_text="解約申込だけ。その月の1日。"
    )
    state = models.CharField(
        "状態", max_length=20, choices=State.choices(), default=State.DRAFT, db_index=True
    )
    hold_reason = models.CharField(
        "保留の理由", max_length=200, blank=True, help_text="空でない間は保留中です。"
    )
    assignee = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="cases", verbose_name="担当者"
    )
    received_by = models.CharField(
        "受付経路", max_length=10, choices=ReceivedBy.choices(), default=ReceivedBy.PORTAL
    )
    mail_received_at = models.DateTimeField("メール受信日時", null=True, blank=True)
    submitted_at = models.DateTimeField("初回申込日時", null=True, editable=False)
    accepted_at = models.DateTimeField("受付受理日時", null=True, editable=False)
    closed_at = models.DateTimeField("完了日時", null=True, editable=False)
    prepared_by = models.ForeignKey(
        User, models.PROTECT, null=True, editable=False, related_name="+", verbose_name="承認を依頼した人"
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField("作成日時")
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="作成者")

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "申込"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "contract"],
                # several changes may run at once, of different items (§2.1b)
                condition=Q(state__in=sorted(LIVE)) & ~Q(kind="change"),
                name="application_one_live_per_kind_and_contract",
                violation_error_message="この契約には同じ種類の手続き中の申込があります。",
            ),
            models.CheckConstraint(
                name="application_submitted_has_time_and_contract",
                condition=Q(state__in=["draft", "withdrawn"])
                | Q(submitted_at__isnull=False, contract__isnull=False),
            ),
            models.CheckConstraint(
                name="application_change_has_items_and_contract",
                condition=~Q(kind="change") | (Q(contract__isnull=False) & ~Q(items=[])),
            ),
            models.CheckConstraint(
                name="application_completed_change_has_day",
                condition=~Q(kind="change", state="completed") | Q(in_force_on__isnull=False),
            ),
            models.CheckConstraint(
                name="application_last_month_is_a_month",
                condition=Q(last_month=None) | Q(last_month__day=1),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def on_hold(self) -> bool:
        return bool(self.hold_reason)

    @property
    def kind_value(self) -> Kind:
        return Kind(self.kind)

    @property
    def state_value(self) -> State:
        return State(self.state)

    @property
    def own_contract(self) -> Contract:
        """The contract of a submitted application; before its first submission asking for it is a fault of ours."""
        assert self.contract is not None, f"{self.number} was never submitted"
        return self.contract

    @property
    def public_state(self) -> str:
        """The state in the customer's words."""
        return PUBLIC_NAMES[self.state_value]


class Attachment(models.Model):
    """A file in the application's draft, in its place. Replaced files stay, with the time of replacement."""

    class Slot(Labelled):
        APPLICATION_FORM = "application_form", "サービス利用申込書"
        SMS_RESULT_FORM = "sms_result_form", "【別紙】SMS結果通知先設定申込書"
        RELEASE_FORM = "release_form", "リリースチェックリスト"
        SERVICE_CHANGE_FORM = "service_change_form", "サービス利用変更申込書"
        PARAMETER_CHANGE_FORM = "parameter_change_form", "アカウントパラメータ変更申込書"
        CANCELLATION_FORM = "cancellation_form", "解約申込書"
        ICON = "icon", "アイコン画像（+メッセージ）"
        LOGO = "logo", "ロゴ画像（RCS）"
        BANNER = "banner", "バナー画像（RCS）"
        RECEIVED_MAIL = "received_mail", "受信メール"
        OTHER = "other", "その他の資料"

    MANY = (Slot.RECEIVED_MAIL, Slot.OTHER)  # slots that hold more than one file

    application = models.ForeignKey(
        Application, models.PROTECT, related_name="attachments", verbose_name="申込"
    )
    slot = models.CharField("書類", max_length=25, choices=Slot.choices())
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="ファイル")
    reading = models.JSONField(
        "読み取り結果",
        default=dict,
        blank=True,
        help_text="workbooks: form_code, edition, values, faults, sources",
    )
    attached_at = models.DateTimeField("添付日時")
    attached_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="添付者")
    replaced_at = models.DateTimeField("差替え日時", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "添付ファイル"
        ordering = ["slot", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "slot"],
                condition=Q(replaced_at=None) & ~Q(slot__in=["received_mail", "other"]),
                name="attachment_one_live_per_slot",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_slot_display()} {self.file}"


class CaseEvent(models.Model):
    """What happened, when and by whom. Clocks and the time line are computed from these rows alone."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="events", verbose_name="申込")
    action = models.CharField("操作", max_length=30)
    source = models.CharField("前の状態", max_length=20, choices=State.choices())
    target = models.CharField("後の状態", max_length=20, choices=State.choices())
    at = models.DateTimeField("日時")
    actor = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="操作者",
        help_text="空は定期処理と自動の疎通確認。",
    )
    note = models.TextField("メモ", blank=True)
    public = models.BooleanField("お客様に見える", default=True)
    data = models.JSONField(default=dict)

    class Meta:
        verbose_name = verbose_name_plural = "経過"
        ordering = ["at", "pk"]
        triggers = insert_only()

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return EVENT_LABELS[self.action]

    @property
    def who(self) -> str:
        return str(self.actor) if self.actor else "自動"


# Besides the workflow's actions, what else is worth a line in the time line.
EVENT_LABELS: dict[str, str] = {action.value: action.label for action in Action} | {
    "create": "申込を作成",
    "choose": "プラン・オプションを選択",
    "choose_items": "変更項目を選択",
    "set_last_month": "最終利用月を変更",
    "attach": "書類を添付",
    "detach": "書類を取り外し",
    "accept_document": "書類を受理",
    "unaccept_document": "書類の受理を取り消し",
    "add_finding": "不備を登録",
    "remove_finding": "不備を取り消し",
    "assign": "担当を変更",
    "carrier_apply": "キャリアへ申請",
    "carrier_remark": "キャリアから指摘",
    "carrier_reply": "指摘に回答",
    "carrier_approve": "キャリアが承認",
    "function_ready": "通知先サーバの準備完了",
    "function_later": "通知先サーバの準備予定",
    "function_url": "通知先のURLを修正",
    "function_checked": "疎通確認",
    "set_identifier": "番号・識別子を入力",
    "memo": "社内メモ",
}
