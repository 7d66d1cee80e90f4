"""The demo's logins. All names are invented; addresses lie in reserved domains."""

from dataclasses import dataclass
from functools import cache

from django.contrib.auth.hashers import make_password

from accounts.rules.roles import StaffGroup

PASSWORD = "demo-kmc-portal"  # of every demo login


@cache
def password_hash() -> str:
    """Of `PASSWORD`, made once: it takes a third of a second, and there are many logins."""
    return make_password(PASSWORD)


@dataclass(frozen=True)
class StaffMember:
    email: str
    name: str
    groups: tuple[StaffGroup, ...]
    superuser: bool = False


STAFF: dict[str, StaffMember] = {
    "reception": StaffMember("uketsuke@kmc.example.jp", "受付 はな", (StaffGroup.RECEPTION,)),
    "reception_2": StaffMember("uketsuke2@kmc.example.jp", "受付 まこと", (StaffGroup.RECEPTION,)),
    "operations": StaffMember("unyou@kmc.example.jp", "運用 つかさ", (StaffGroup.OPERATIONS,)),
    "approval": StaffMember("shounin@kmc.example.jp", "承認 あきら", (StaffGroup.APPROVAL,)),
    "billing": StaffMember("seikyuu@kmc.example.jp", "請求 かおる", (StaffGroup.BILLING,)),
    "viewing": StaffMember("etsuran@kmc.example.jp", "閲覧 のぞみ", (StaffGroup.VIEWING,)),
    "system": StaffMember("kanri@kmc.example.jp", "システム 管理者", (), superuser=True),
}
