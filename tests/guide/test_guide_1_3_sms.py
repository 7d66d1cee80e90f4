"""§1.3: one SMS contract, from the invitation to the account notice, as both sides live it.

Calendar, November and December 2026: Mon 11-23 is a holiday (勤労感謝の日); otherwise Monday to Friday are business days.
"""

import datetime
import hashlib
import io

import pytest
from django.db import DatabaseError, transaction
from pdfminer.high_level import extract_text

from accounts.models import AccountNotice, Contract, ContractState
from accounts.rules.roles import StaffGroup
from applications.models import Application, Submission
from tests.fixtures.mail import Mailbox
from tests.fixtures.people import PASSWORD, make_staff
from tests.guide.actors import CUSTOMER_PASSWORD, CustomerBrowser, StaffBrowser
from tests.guide.conftest import Clock
from tests.guide.papers import APPLICATION, PARAMETERS, addressees, cell_of, comment_on, filled
from tests.guide.story_sms import COMPANY, FAULTY, FAULTY_PLACES, GOOD, RESULT_CELLS

FORM = "サービス利用申込書（APIプラン）_SMS"
RESULT_FORM = "【別紙】SMS結果通知先設定申込書（APIプラン）"
CONTACT = "jiro@aozora.example.com"


@pytest.mark.usefixtures("published")
class TestOneContract:
    """One long afternoon in the theatre: each method is an act, and `play` calls them in order."""

    @pytest.fixture(autouse=True)
    def stage(
        self,
        clock: Clock,
        mailbox: Mailbox,
        hanako: StaffBrowser,
        jiro: StaffBrowser,
        saburo: StaffBrowser,
        ichiro: StaffBrowser,
    ) -> None:
        self.clock, self.mailbox = clock, mailbox
        self.hanako, self.jiro, self.saburo, self.ichiro = hanako, jiro, saburo, ichiro
        both = make_staff("both@staff.example.jp", "兼任 六郎", StaffGroup.OPERATIONS, StaffGroup.APPROVAL)
        self.rokuro = StaffBrowser(both.email, PASSWORD)
        self.sora = CustomerBrowser("sora@aozora.example.com", CUSTOMER_PASSWORD)

    def test_guide_1_3_from_invitation_to_account_notice(self) -> None:
        self.invitation()
        self.first_upload_has_faults()
        self.submission()
        self.returned_with_two_findings()
        self.resubmission()
        self.acceptance()
        self.objection_and_confirmation()
        self.function_check()
        self.four_eyes()
        self.the_notice()
        self.the_customer_reads_it()

    # acts -----------------------------------------------------------------------------------------

    def invitation(self) -> None:
        self.clock("2026-11-20 10:00")
        self.hanako.log_in()
        self.hanako.enter_company(
            COMPANY, "青空 そら", "sora@aozora.example.com", nda_concluded_on="2026-11-19"
        )
        [mail] = self.mailbox.deliver()
        assert addressees(mail) == ["青空 そら <sora@aozora.example.com>"]
        link = self.mailbox.link(mail)
        self.sora.accept_invitation(link)
        assert "新しい申し込み からご契約プランをお選びください。" in self.sora.text
        self.sora.app.reset()
        assert "このリンクは使えません" in self.sora.open(link)  # a link serves once

    def first_upload_has_faults(self) -> None:
        self.clock("2026-11-24 09:30")
        self.mailbox.deliver()
        self.sora.log_in()
        text = self.sora.look_at_choice("sms", "sms_result_notification", "long_sms")
        assert "お申し込みの翌営業日から数えて 6～10営業日" in text
        self.sora.begin("sms", "sms_result_notification", "long_sms")
        form = self.sora.form_for(FORM)
        known = {
            (APPLICATION, "C10"): COMPANY,
            (APPLICATION, "C58"): "SMSのみ",
            (APPLICATION, "C59"): "API利用",
            (APPLICATION, "C62"): "利用しない",  # 双方向SMS
            (APPLICATION, "C65"): "利用する",  # SMS長文
            (PARAMETERS, "C33"): "利用する",  # SMS結果通知先
        }
        assert {place: cell_of(form, *place) for place in known} == known
        self.sora.upload(("申込書.xlsx", filled(form, FAULTY)))
        faults = self.sora.faults(FORM)
        assert [fault.split(" ")[0] for fault in faults] == FAULTY_PLACES
        assert "社内だけで使われる" in faults[2]
        assert "まだ提出できません。" in self.sora.text
        assert "【別紙】SMS結果通知先設定申込書" in self.sora.text_of("#submit-refusal")
        assert not self.sora.has_button("お申し込みを提出する")

    def submission(self) -> None:
        self.clock("2026-11-24 10:00")
        form = filled(self.sora.form_for(FORM), GOOD | {(PARAMETERS, "C15"): None})
        result = filled(self.sora.form_for(RESULT_FORM), RESULT_CELLS)
        assert cell_of(result, "SMS結果通知先設定申込書", "C6") == COMPANY
        self.sora.upload(("申込書.xlsx", form), ("別紙.xlsx", result))
        assert self.sora.faults(FORM) == self.sora.faults(RESULT_FORM) == []
        self.good_form = form
        assert "受け付けました" in self.sora.submit()
        assert self.sora.due() == "2026年12月2日（水）～12月8日（火）"  # 6 and 10 business days after 11-24
        [mail] = self.mailbox.deliver()
        assert addressees(mail) == [f"例示 次郎 <{CONTACT}>"]
        assert mail.subject.startswith("【KMC】新規申込の書類を受け取りました")
        assert "第1版" in mail.body
        self.case = self.sora.case
        assert self.mailbox.link(mail) == f"/portal/applications/{self.case}/"
        consents = Submission.objects.get(application=self.case).consents.all()
        assert [(str(row.edition), row.given_by) for row in consents] == [
            ("サービス利用規約 2.0版", "青空 そら"),
            ("サービス配信ガイドライン 2.0版", "青空 そら"),
            ("サービス利用手続きガイド（APIプラン） 2.0版", "青空 そら"),
        ]
        assert not self.sora.has_button("アップロードする")  # what was sent stands

    def returned_with_two_findings(self) -> None:
        self.clock("2026-11-25 09:00")
        self.hanako.log_in()
        self.hanako.take(self.case)
        consent_method = "同意を取得する画面と時点を、具体的にご記入ください。"
        self.hanako.find_fault(self.case, "account_parameters", "C7", consent_method)
        self.hanako.find_fault(self.case, "sms_result_destination", "C9", "通知先のURLに接続できません。")
        refusal = self.hanako.why_not(self.case, "受付受理にする")
        assert refusal.startswith("まだ受理していない書類があります：サービス利用申込書 (SMS)、")
        assert self.mailbox.deliver() == []  # findings wait for the return
        self.clock("2026-11-26 16:00")
        self.hanako.log_in()
        self.hanako.do(self.case, "差し戻す", note="印を付けた書類をお返しします。")
        [mail] = self.mailbox.deliver()
        assert f"{mail.subject}\n{mail.body}".strip() == self.hanako.mail.strip()  # sent as it was shown
        assert "直していただきたい点が2件ございました" in mail.body
        assert f"{PARAMETERS}!C7" in mail.body
        assert consent_method in mail.body
        assert "SMS結果通知先設定申込書!C9" in mail.body
        assert "印を付けた書類をお返しします。" in mail.body

        self.clock("2026-11-27 09:00")
        self.sora.log_in()
        assert "書類の修正をお願いします" in self.sora.open("/portal/")
        findings = self.sora.open(self.mailbox.link(mail))
        assert f"{PARAMETERS}!C7" in findings
        marked = self.sora.fetch("サービス利用申込書（印つき）をダウンロード")
        assert consent_method in comment_on(marked, PARAMETERS, "C7")
        assert comment_on(marked, PARAMETERS, "C6") == ""
        assert cell_of(marked, PARAMETERS, "C7") == "会員登録の画面"
        assert self.sora.steps()["修正をお願いします"] == "いまここ"

    def resubmission(self) -> None:
        self.clock("2026-11-30 11:00")
        self.sora.log_in()
        self.sora.go_to_case()
        assert "前回の提出から何も変わっていません" in self.sora.text
        mended = filled(
            self.good_form, {(PARAMETERS, "C7"): "会員登録の画面で、登録の完了前に同意のチェックをいただく"}
        )
        result = filled(
            self.sora.form_for(RESULT_FORM),
            {("SMS結果通知先設定申込書", "C9"): "https://sms.aozora.example.com/v2/result"},
        )
        self.sora.upload(("申込書.xlsx", mended), ("別紙.xlsx", result))
        self.good_form = mended
        self.sora.submit_again()
        # The clock stood still from 11-26 to 11-30: 11-27 and 11-30 do not count, 12-04 is the 6th day.
        assert self.sora.due() == "2026年12月4日（金）～12月10日（木）"
        [mail] = self.mailbox.deliver()
        assert "第2版" in mail.body
        assert "再提出、ありがとうございます" in mail.body
        first, second = Submission.objects.filter(application=self.case).order_by("version")
        assert first.content["values"]["usage.consent_method"] == "会員登録の画面"
        assert second.content["values"]["usage.consent_method"].startswith("会員登録の画面で、登録の完了前に")
        assert Application.objects.get(pk=self.case).assignee.email == self.hanako.email  # type: ignore[union-attr]
        with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
            Submission.objects.filter(pk=first.pk).update(version=9)

    def acceptance(self) -> None:
        self.clock("2026-12-01 10:00")
        self.hanako.log_in()
        self.hanako.open("/admin/applications/application/?queue=resubmitted")
        assert COMPANY in self.hanako.text
        self.hanako.take(self.case)
        text = self.hanako.go_to(self.case)
        assert "前の版から変更あり" in text
        self.hanako.accept_documents(self.case)
        assert not self.hanako.has_button("差し戻す")
        self.hanako.do(self.case, "受付受理にする")
        [mail] = self.mailbox.deliver()
        assert mail.subject.startswith("【KMC】お申し込みを受け付けました")
        contract = Contract.objects.get()
        assert contract.number == "KMC000000001"
        assert contract.state == ContractState.PREPARING
        assert contract.billing_start_on is None
        self.hanako.do(self.case, "内容確認を依頼する")
        [mail] = self.mailbox.deliver()
        assert mail.subject.startswith("【KMC】登録内容のご確認のお願い")

    def objection_and_confirmation(self) -> None:
        self.clock("2026-12-02 10:00")
        self.sora.log_in()
        rows = self.sora.registered()
        assert rows["企業名（法人名）"] == (COMPANY, COMPANY)
        assert rows["グローバルIPアドレス"] == ("52.192.0.10 52.192.1.0/28", "52.192.0.10 52.192.1.0/28")
        assert rows["送信元表示番号"] == ("0120000123", "0120000123")
        assert rows["SMS結果通知先URL"][1] == "https://sms.aozora.example.com/v2/result"
        self.sora.object_("請求先の電話番号が変わりました。")
        assert "お申し込み内容を確認しています" in self.sora.text

        self.hanako.log_in()
        assert "請求先の電話番号が変わりました。" in self.hanako.go_to(self.case)
        self.hanako.find_fault(self.case, "application_sms", "C50", "新しい電話番号をご記入ください。")
        self.hanako.do(self.case, "差し戻す")
        self.clock("2026-12-03 10:00")
        self.sora.log_in()
        self.sora.upload(("申込書.xlsx", filled(self.good_form, {(APPLICATION, "C50"): "03-0000-2004"})))
        self.sora.submit_again()
        self.hanako.log_in()
        self.hanako.take(self.case)
        text = self.hanako.go_to(self.case)
        assert "前の版で受理・変更なし" in text
        self.hanako.accept(self.case)
        self.hanako.do(self.case, "内容確認を依頼する")
        self.clock("2026-12-04 10:00")
        self.sora.log_in()
        self.sora.confirm()
        # Paused (11-26, 11-30], (12-01, 12-02], (12-02, 12-03], (12-03, 12-04]: counted are 11-25, 11-26, 12-01,
        # then 12-07 as the 4th, 12-09 as the 6th and 12-15 as the 10th.
        assert self.sora.due() == "2026年12月9日（水）～12月15日（火）"
        assert self.sora.steps()["設定を進めています"] == "いまここ"
        assert "携帯キャリアの審査中" not in self.sora.steps()  # nothing for carriers to see
        assert Contract.objects.count() == 1

    def function_check(self) -> None:
        self.mailbox.deliver()
        self.sora.say_ready("SMS結果通知")
        assert "確認中" in self.sora.text_of("#functions")
        self.clock("2026-12-07 10:00")
        self.saburo.log_in()
        self.saburo.do(self.case, "手動でOKにする", within="#functions", note="応答 200、中央値 180 ms")
        assert "応答 200、中央値 180 ms" in self.saburo.text_of("#functions")
        assert self.mailbox.deliver() == []

    def four_eyes(self) -> None:
        self.rokuro.log_in()
        self.rokuro.do(self.case, "通知書の承認を依頼する")
        assert "ご自身が準備した通知書は承認できません" in self.rokuro.why_not(
            self.case, "承認して通知書を発行する"
        )
        self.saburo.log_in()
        assert "「承認」の担当者が行います" in self.saburo.why_not(self.case, "承認して通知書を発行する")
        assert not AccountNotice.objects.exists()

    def the_notice(self) -> None:
        self.clock("2026-12-08 15:00")
        self.ichiro.log_in()
        self.ichiro.do(self.case, "承認して通知書を発行する")
        notice = AccountNotice.objects.get()
        assert (notice.number, notice.edition) == ("KMC000000001-01", 1)
        assert notice.issued_on == datetime.date(2026, 12, 8)
        assert (str(notice.prepared_by), str(notice.approved_by)) == ("兼任 六郎", "承認 一郎")
        contract = Contract.objects.get()
        assert contract.state == ContractState.ACTIVE
        assert contract.billing_start_on == datetime.date(2026, 12, 8)  # §5.1
        for change in ({"number": "X"}, {"content": {}}):
            with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
                AccountNotice.objects.filter(pk=notice.pk).update(**change)
        with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
            AccountNotice.objects.filter(pk=notice.pk)._raw_delete("default")
        [mail] = self.mailbox.deliver()
        assert addressees(mail) == [f"例示 次郎 <{CONTACT}>"]
        assert "課金開始日　：2026年12月8日" in mail.body
        assert "demo-password" in mail.body  # §4.4: told with the account notice
        assert "demo-password" not in self.ichiro.mail
        [(name, self.pdf, kind)] = mail.attachments
        assert (name, kind) == ("アカウント通知書_KMC000000001-01.pdf", "application/pdf")

    def the_customer_reads_it(self) -> None:
        self.sora.log_in()
        self.sora.open("/portal/downloads/")
        fetched = self.sora.fetch("アカウント通知書 KMC000000001-01")
        assert fetched == self.pdf
        stored = AccountNotice.objects.get().pdf.file
        assert hashlib.sha256(fetched).hexdigest() == stored.sha256
        text = "".join(extract_text(io.BytesIO(fetched)).split())
        for words in (
            f"{COMPANY}",
            "KMC000000001",
            "SMSのみ",
            "2026年12月8日",
            "0120000123",
            "52.192.0.10",
            "52.192.1.0/28",
            "SMS結果通知",
            "https://sms.aozora.example.com/v2/result",
            "設定済",
            "https://api.kmc.example.jp/v1/",
            "平日10:00〜18:30対応",
            "cloud-rcs-support@example.jp",
            "https://support.kmc.example.jp/",
            "demo-password",
        ):
            assert words in text, words
        assert "未設定" not in text
        self.sora.go_to_case()
        assert set(self.sora.steps().values()) == {"済"}
        assert "課金開始日 2026年12月8日" in self.sora.open(f"/portal/contracts/{Contract.objects.get().pk}/")
