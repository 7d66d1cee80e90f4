"""The people of the stories, with the verbs of the guide: upload, submit, accept a document, issue the notice."""

from typing import Any

from bs4 import Tag

from tests.guide.browsers import Browser, File, words_of
from tests.guide.papers import pictures, result_form, sample_form

CUSTOMER_PASSWORD = "konnichiwa-sekai-2026"


class CustomerBrowser(Browser):
    """Somebody of the customer's in the portal. `case` is the number in the address of their application."""

    case: int = 0

    def accept_invitation(self, link: str) -> None:
        """Follow the link of the invitation, set a password, log in with it."""
        self.open(link)
        self.press("設定する", password1=self.password, password2=self.password)
        self.log_in()

    # applying -------------------------------------------------------------------------------------

    def look_at_choice(self, plan: str, *options: str, method: str = "api") -> str:
        """Choose on the page of a new application and see what it entails, before anything is begun."""
        query = "&".join(
            [f"plan={plan}", f"delivery_method={method}", *(f"options={code}" for code in options)]
        )
        return self.open(f"/portal/applications/new/?{query}")

    def begin(self, plan: str, *options: str, method: str = "api", status: int = 200) -> str:
        self.look_at_choice(plan, *options, method=method)
        text = self.press("この内容でお申し込みを作成する", status=status)
        if status == 200:
            self.case = int(self.page.request.path.rstrip("/").rpartition("/")[2])
        return text

    def go_to_case(self) -> str:
        return self.open(f"/portal/applications/{self.case}/")

    def form_for(self, paper: str) -> bytes:
        """The pre-filled workbook of one paper on the page."""
        self.go_to_case()
        return self.fetch("記入用のファイルをダウンロード", within=paper)

    def upload(self, *files: File) -> str:
        self.go_to_case()
        return self.press("アップロードする", within=".drop", files=list(files))

    def faults(self, paper: str) -> list[str]:
        """What is wrong with one paper: place, label and message of each fault that keeps it from being submitted."""
        box = self.part(paper)
        found = [words_of(line) for line in box.select("ul.faults:not(.faults--soft) > li")]
        return [line.replace(" ：", "：") for line in found]

    def submit(self, button: str = "お申し込みを提出する") -> str:
        """Agree to every edition shown and submit."""
        self.go_to_case()
        ticks = [str(tick["value"]) for tick in self.soup.select("input[name=consent]")]
        return self.press(button, consent=ticks) if ticks else self.press(button)

    def submit_again(self) -> str:
        return self.submit("修正したお申し込みを提出する")

    def apply(self, plan: str, *options: str, **answers: Any) -> None:
        """Begin, upload a faultless form (with the 別紙 and pictures where they are asked for) and submit."""
        self.begin(plan, *options)
        files = [("申込書.xlsx", sample_form(plan, options=options, **answers)), *pictures(plan)]
        if "sms_result_notification" in options:
            files.append(("別紙.xlsx", result_form()))
        self.upload(*files)
        assert self.soup.select("ul.faults:not(.faults--soft) > li") == [], self.text
        self.submit()

    # later on -------------------------------------------------------------------------------------

    def due(self) -> str:
        """The window shown for the account notice: `2026年12月2日（水）～12月8日（火）`."""
        self.go_to_case()
        line = self.part("アカウント通知書の発行").select_one("p")
        assert line is not None
        return "".join(words_of(line).split())

    def steps(self) -> dict[str, str]:
        """The steps on the page: name → 済, いまここ, これから."""
        found = {}
        for line in self.soup.select("ol.steps > li"):
            hidden = line.select_one(".sr")
            status = words_of(hidden).strip("（）") if hidden else ""
            name = words_of(line).partition("（")[0].strip()
            found[name] = status
        return found

    def registered(self) -> dict[str, tuple[str, str]]:
        """The confirmation page: item → (what was sent, what we registered)."""
        self.open(f"/portal/applications/{self.case}/confirmation/")
        rows = {}
        for line in self.soup.select("table tbody tr"):
            label = line.select_one("th")
            cells = line.select("td")
            assert label is not None
            for small in label.select("small"):
                small.decompose()
            rows.setdefault(words_of(label), (words_of(cells[0]), words_of(cells[1])))
        return rows

    def confirm(self) -> str:
        self.registered()
        return self.press("この内容で間違いありません")

    def object_(self, reason: str) -> str:
        self.registered()
        return self.press("違っている点を知らせる", reason=reason)

    def reply(self, carrier: str, text: str, file: File) -> str:
        """Answer a carrier's remark."""
        self.go_to_case()
        names = self.form("回答する", within=carrier).fields
        values = {"text": text, "file": file}
        fields = {
            name: values[name.rpartition("-")[2]] for name in names if name and name.startswith("reply-")
        }
        return self.press("回答する", within=carrier, **fields)

    def say_ready(self, function: str, ready_on: str = "") -> str:
        """The server is ready, or will be on a day."""
        self.go_to_case()
        names = self.form("知らせる", within=function).fields
        values = {"when": "later" if ready_on else "now", "ready_on": ready_on}
        fields = {
            name: values[name.rpartition("-")[2]] for name in names if name and name.startswith("function-")
        }
        return self.press("知らせる", within=function, **fields)

    def withdraw(self, reason: str) -> str:
        self.go_to_case()
        self.follow("取り下げ")
        return self.press("取り下げる", reason=reason)


class StaffBrowser(Browser):
    """Somebody of ours in the admin. `mail` is the text of the last mail that was shown before a button was pressed."""

    mail: str = ""

    def go_to(self, case: int) -> str:
        return self.open(f"/admin/applications/application/{case}/change/")

    def do(self, case: int, button: str, *, within: str = "", **values: Any) -> str:
        """Press a button of the case, fill in what it asks, let the mail it shows go; back on the case's page."""
        self.go_to(case)
        text = self.carry_out(button, within=within, **values)
        assert self.page.request.path == f"/admin/applications/application/{case}/change/", text
        return text

    def carry_out(self, button: str, *, within: str = "", **values: Any) -> str:
        """The same on any page of the admin, wherever it leads."""
        self.mail = ""
        if self._at_once(button, within):
            return self.press(button, within, **values)
        self.follow(button, within)
        if not self._shows_mail():
            self.press(self._main_button(), ".kmc-form", **values)
        if self._shows_mail():
            form = self.form(self._main_button(), ".kmc-form")
            self.mail = f"{form['mail_subject'].value}\n{form['mail_body'].value}"
            self.press(self._main_button(), ".kmc-form")
        return self.text

    def _at_once(self, button: str, within: str) -> bool:
        area = self.part(within) if within else self.soup
        return any(words_of(tag) == button for tag in area.select("form button"))

    def _shows_mail(self) -> bool:
        return self.soup.select_one(".kmc-form .kmc-mail") is not None

    def _main_button(self) -> str:
        found = self.soup.select_one(".kmc-form .kmc-actions button")
        return words_of(found) if found else "（ボタンなし）"

    # the verbs of a case --------------------------------------------------------------------------

    def enter_company(self, name: str, user_name: str, user_email: str, **profile: str) -> str:
        """A company and the invitation of its first user."""
        self.open("/admin/accounts/customer/add/")
        self.press(
            self._main_button(), ".kmc-form", name=name, user_name=user_name, user_email=user_email, **profile
        )
        return self.press(self._main_button(), ".kmc-form")

    def take(self, case: int) -> str:
        return self.do(case, "内容確認を始める")

    def find_fault(self, case: int, document: str, cell: str, text: str) -> str:
        """A 不備 in one line of what a document says, from the link beside it."""
        self.go_to(case)
        for line in self.part(f"#document-{document}").select("tr"):
            if any(words_of(code) == cell for code in line.select("code")):
                link = line.select_one("a")
                assert link is not None
                self.open(str(link["href"]))
                return self.press("不備を登録する", text=text)
        raise AssertionError(f"{document} の {cell} が画面にありません。")

    def accept_documents(self, case: int) -> str:
        return self.do(case, "不備のない書類をまとめて受理")

    def accept(self, case: int) -> str:
        """受付受理, with every document."""
        self.accept_documents(case)
        return self.do(case, "受付受理にする")

    def up_to_confirmation(self, case: int) -> None:
        """Review without findings, 受付受理, and the question to the customer."""
        self.take(case)
        self.accept(case)
        self.do(case, "内容確認を依頼する")

    def set_identifiers(self, case: int, identifiers: dict[str, str]) -> str:
        """botId and agentId by the account's name as the page shows it."""
        self.go_to(case)
        values = {}
        for line in self.part("#setup").select("tbody tr"):
            field = line.select_one("input[name^=account_]")
            if field is not None:
                values[str(field["name"])] = identifiers[words_of(line.select("td")[1])]
        assert len(values) == len(identifiers), self.text_of("#setup")
        return self.press("識別子を保存する", **values)

    def why_not(self, case: int, button: str) -> str:
        """The reason that stands beside a button that cannot be pressed."""
        self.go_to(case)
        for tag in self.soup.select("button[disabled]"):
            if words_of(tag) == button:
                why = self.soup.find(id=str(tag["aria-describedby"]))
                assert isinstance(why, Tag)
                return words_of(why)
        for tag in self.soup.select(".kmc-aside-no"):
            if words_of(tag).startswith(button):
                return words_of(tag).removeprefix(button).strip()
        raise AssertionError(f"押せないボタン「{button}」はありません。\n{self.text}")
