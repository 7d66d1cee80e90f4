"""The demo's changes and cancellations (§2.1b, §3), in every state, told after its prices are there: fees come with them."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pghistory
from django.db import transaction

from accounts.models import CheckCause, Contract, JobRun, User
from accounts.services import jobs
from accounts.services.jobs import Report
from applications.models import Application
from applications.rules.changes import ChangeItem
from applications.services import (
    cancellation,
    carriers,
    change_completion,
    change_facts,
    changes,
    confirmation,
    drafts,
    review,
    submission,
)
from kmc_portal.demo import checks, papers
from kmc_portal.demo.people import STAFF
from kmc_portal.demo.story import office_hours
from kmc_portal.lib.choices import Labelled
from kmc_portal.lib.jst import date_of
from kmc_portal.lib.months import Month

JOB = "変更・解約のデモデータ"
AT_RECEIVER = "https://receiver.kmc.example.jp"


class Goal(Labelled):
    """How far a procedure goes."""

    DRAFT = "draft", "作成中"
    SUBMITTED = "submitted", "受付待ち"
    IN_REVIEW = "in_review", "内容確認中"
    CONFIRMING = "confirming", "お客様の確認待ち"
    CARRIERS = "carriers", "キャリア申請中"
    SETUP = "setup", "設定中"
    APPROVAL = "approval", "最終承認待ち"
    DONE = "done", "完了、または解約の確定"


@dataclass(frozen=True)
class Procedure:
    """A change of these items, or (without items) a cancellation. `cells` are answers typed over the pre-filled form."""

    domain: str
    goal: Goal
    days_ago: int  # office days since the submission
    items: tuple[ChangeItem, ...] = ()
    cells: Mapping[str, Any] = field(default_factory=dict)
    by_mail: bool = False


_I, _G = ChangeItem, Goal
UNDERSTOOD = {"cancel.understood_fee": "確認済", "cancel.understood_end": "確認済"}
STATIC = {"network.static_declared": "はい"}
MOVED = {
    "company.postal_code": "150-0002",
    "company.address": "東京都渋谷区見本四丁目5番6号 見本ビル7階",
}
NEW_CONTACT = {
    "account_contact.name": "新任 あおい",
    "account_contact.name_kana": "シンニン アオイ",
    "account_contact.email": "aoi@yamabiko.example.jp",
}
NEW_PAYER = {"billing_contact.department": "経理センター", "billing_contact.name": "経理 つむぎ"}

# fmt: off
PROCEDURES: tuple[Procedure, ...] = (
    Procedure("ajisai.example.jp", _G.IN_REVIEW, 2, (_I.GLOBAL_IP,), {**STATIC, "global_ips.2": "52.192.9.64/28"}, by_mail=True),
    Procedure("ajisai.example.jp", _G.SETUP, 7, (_I.SMS_RESULT_URL,), {"result.url": f"{AT_RECEIVER}:{{port}}/slow"}),
    Procedure("yamabiko.example.jp", _G.CONFIRMING, 4, (_I.ACCOUNT_CONTACT,), NEW_CONTACT),
    Procedure("yamabiko.example.jp", _G.CARRIERS, 9, (_I.OFFICIAL_ACCOUNT,), {"plus.description": "やまびこ工業からのお知らせをお届けします。点検の日程と、部品の在庫をご案内します。"}),
    Procedure("fuji.example.jp", _G.APPROVAL, 7, (_I.COMPANY,), MOVED),
    Procedure("fuji.example.jp", _G.DONE, 6, (_I.BILLING_DETAILS,), NEW_PAYER),
    Procedure("fuji.example.jp", _G.DRAFT, 0, (_I.WEBHOOK_URL, _I.USAGE_PURPOSE)),
    Procedure("buna.example.jp", _G.SUBMITTED, 0, (_I.PLAN_PLUS_TO_SMS_PLUS,), {
        **UNDERSTOOD, **STATIC, "sms.sender_numbers.1": "0120000777", "plan_table.company_name": "ぶなの森リゾート株式会社"}),
    Procedure("momiji.example.jp", _G.IN_REVIEW, 1, cells=UNDERSTOOD, by_mail=True),
    Procedure("hotaru.example.jp", _G.DONE, 6, cells=UNDERSTOOD),
)
# fmt: on


def is_unfinished() -> bool:
    there = User.objects.filter(email=STAFF["billing"].email).exists()
    return there and not JobRun.objects.filter(name=JOB, state=JobRun.State.DONE).exists()


def tell(now: datetime.datetime) -> str:
    """`play` as a recorded job: done once, and for all."""

    def work(report: Report) -> str:
        play(now)
        return f"変更・解約のデモデータを入れました（{len(PROCEDURES)}件）。"

    return jobs.run(name=JOB, work=work)


@transaction.atomic
def play(now: datetime.datetime) -> None:
    """Everything or nothing."""
    staff = {key: User.objects.get(email=member.email) for key, member in STAFF.items()}
    with pghistory.context(source="デモデータ"):
        for row in PROCEDURES:
            _Told(row, staff, now).play()


class _Told:
    """One procedure's way; `at` moves on by office hours with every step, and never past `now`."""

    def __init__(self, row: Procedure, staff: dict[str, User], now: datetime.datetime) -> None:
        self.row, self.staff = row, staff
        self.planned_for = Month.of(date_of(now)).plus(1).first_day
        self.times = office_hours(now, row.days_ago)
        self.user = User.objects.get(email=f"admin@{row.domain}")
        self.contract = Contract.objects.select_related("customer").get(customer=self.user.customer)

    def play(self) -> None:
        self._start()
        steps = (
            (_G.SUBMITTED, self._submit),
            (_G.IN_REVIEW, self._take),
            (_G.CONFIRMING, self._accept),
            (_G.CARRIERS, self._confirm),
            (_G.SETUP, self._pass_carriers),
            (_G.APPROVAL, self._prepare),
            (_G.DONE, self._finish),
        )
        order = list(Goal)
        for goal, step in steps:
            if order.index(goal) <= order.index(self.row.goal):
                step()

    def _start(self) -> None:
        at = next(self.times)
        actor = self.staff["reception"] if self.row.by_mail else self.user
        received = at - datetime.timedelta(minutes=40) if self.row.by_mail else None
        if self.row.items:
            self.application = changes.start(
                contract=self.contract, items=self.row.items, actor=actor, now=at, mail_received_at=received
            )
        else:
            self.application = cancellation.start(
                contract=self.contract, actor=actor, now=at, mail_received_at=received
            )
        if self.row.goal is not _G.DRAFT:
            uploads = papers.change_uploads(self.application, self.row.cells, at, by_mail=self.row.by_mail)
            drafts.attach(
                application_id=self.application.pk, version=None, uploads=uploads, actor=actor, now=at
            )

    def _do(self, service: Any, who: str = "", **more: Any) -> None:
        self.application = Application.objects.select_related("customer", "contract").get(
            pk=self.application.pk
        )
        service(
            application_id=self.application.pk,
            version=self.application.version,
            actor=self.staff[who] if who else self.user,
            now=next(self.times),
            **more,
        )
        self.application.refresh_from_db()

    def _submit(self) -> None:
        who = "reception" if self.row.by_mail else ""
        self._do(submission.submit, who, consented_editions=[])

    def _take(self) -> None:
        self._do(review.take, "reception")

    def _accept(self) -> None:
        self._do(review.accept_all_documents, "reception")
        self._do(review.accept, "reception")
        self._do(confirmation.request, "reception")

    def _confirm(self) -> None:
        self._do(confirmation.confirm)
        for row in self.application.carrier_reviews.all():
            self._do(carriers.apply, "operations", review_id=row.pk)

    def _pass_carriers(self) -> None:
        for row in self.application.carrier_reviews.all():
            self._do(carriers.approve, "operations", review_id=row.pk)
        if self.application.carrier_reviews.exists():
            self._do(carriers.finish, "operations")
        if self.row.items:
            for endpoint in change_facts.proposals(self.application):
                checks.measure(
                    endpoint, cause=CheckCause.STAFF, actor=self.staff["operations"], at=next(self.times)
                )

    def _prepare(self) -> None:
        if self.row.items and change_facts.needs_approval(self.row.items):
            self._do(change_completion.prepare, "operations")

    def _finish(self) -> None:
        if not self.row.items:
            self._do(cancellation.fix, "approval")
        elif change_facts.needs_approval(self.row.items):
            self._do(change_completion.approve, "approval", in_force_on=self.planned_for)
        else:
            self._do(change_completion.complete, "operations", in_force_on=self.planned_for)
