"""§2.1a: RCS test accounts, with the new application and later; the display name has 40 characters, 36 with TEST."""

import pytest

from accounts.models import AccountNotice, Contract, OfficialAccount
from tests.fixtures.mail import Mailbox
from tests.guide.actors import CustomerBrowser, StaffBrowser
from tests.guide.conftest import Clock
from tests.guide.test_guide_2_0_test_accounts import in_use

WARNING = "試験用アカウントからの配信にも配信料がかかります。また、実際のお客様に届きます。"
PLUS = "あおぞら商店"
LONGEST = "あ" * 36


def test_guide_2_1a_with_the_new_application_and_the_longest_name(
    clock: Clock, sora: CustomerBrowser, hanako: StaffBrowser, saburo: StaffBrowser, ichiro: StaffBrowser
) -> None:
    clock("2026-12-01 10:00")
    shown = sora.look_at_choice("plus_rcs", "test_account")
    assert "試験用アカウントからの配信も有料です。" in shown
    sora.apply("plus_rcs", "test_account", **{"plus.nickname": PLUS, "rcs.display_name": LONGEST})
    assert WARNING in sora.go_to_case()
    assert "実際のエンドユーザーにも届きます" in hanako.go_to(sora.case)
    identifiers = {PLUS: "bot-1", f"{PLUS}TEST": "bot-1-t", LONGEST: "agent-1", f"{LONGEST}TEST": "agent-1-t"}
    contract = in_use(sora.case, hanako, sora, saburo, ichiro, **identifiers)
    rows = [
        (row["channel"], row["name"], row["is_test"])
        for row in AccountNotice.objects.get().content["official_accounts"]
    ]
    assert rows == [
        ("+メッセージ", PLUS, False),
        ("+メッセージ", f"{PLUS}TEST", True),
        ("RCS", LONGEST, False),
        ("RCS", f"{LONGEST}TEST", True),
    ]
    assert len(rows[3][1]) == 40
    assert OfficialAccount.objects.get(identifier="agent-1-t").profiles.count() == 0
    sora.open(f"/portal/contracts/{contract.pk}/")
    assert WARNING in sora.text
    assert "試験用アカウントを申し込む" not in sora.text  # there is one


@pytest.mark.parametrize(("length", "fits"), [(36, True), (37, False)])
def test_guide_2_1a_later_the_display_name_needs_room_for_TEST(
    clock: Clock,
    mailbox: Mailbox,
    sora: CustomerBrowser,
    hanako: StaffBrowser,
    saburo: StaffBrowser,
    ichiro: StaffBrowser,
    length: int,
    fits: bool,
) -> None:
    clock("2026-12-01 10:00")
    name = "あ" * length
    sora.apply("plus_rcs", **{"plus.nickname": PLUS, "rcs.display_name": name})
    contract: Contract = in_use(sora.case, hanako, sora, saburo, ichiro, **{PLUS: "bot-1", name: "agent-1"})
    mailbox.deliver()
    sora.open(f"/portal/contracts/{contract.pk}/")
    shown = sora.follow("試験用アカウントを申し込む")
    assert WARNING in shown
    if not fits:
        assert "37文字のため、末尾に「TEST」を付けると上限の40文字を超えます。" in shown
        assert "表示名を36文字以内にする変更をお申し込みください。" in shown
        assert not sora.has_button("試験用アカウントを申し込む")
        assert mailbox.deliver() == []
        return
    page = sora.press("試験用アカウントを申し込む")
    assert f"{name}TEST" in page and f"{PLUS}TEST" in page
    [mail] = mailbox.deliver()
    assert f"RCS：{name}TEST\n" in mail.body
    assert [row.channel for row in contract.official_accounts.filter(production__isnull=False)] == [
        "plus",
        "rcs",
    ]
