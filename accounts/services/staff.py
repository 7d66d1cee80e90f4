"""社内ユーザー: invited, put into groups, deactivated; by system administrators only."""

import datetime
from collections.abc import Collection

from django.contrib.auth.models import Group
from django.db import transaction

from accounts.models import User
from accounts.rules.roles import StaffGroup
from accounts.services import customers
from accounts.services.errors import NotAllowed, Refused
from accounts.services.outbox import MailText
from accounts.services.rights import need_superuser
from kmc_portal.lib.text import clean_name


@transaction.atomic
def invite(
    *,
    email: str,
    name: str,
    groups: Collection[StaffGroup],
    actor: User,
    now: datetime.datetime,
    edited: MailText | None = None,
) -> User:
    """Give somebody of ours a login: the mail carries a link with which they set their own password."""
    need_superuser(actor, "社内ユーザーを招待する")
    if not groups:
        raise Refused("グループを一つ以上選んでください。見るだけの方は「閲覧」です。")
    user = customers.add_login(email, name=clean_name(name), is_staff=True, invited_at=now)
    _put_into(user, groups)
    customers.send_invitation(user=user, actor=actor, now=now, edited=edited)
    return user


@transaction.atomic
def set_groups(*, user_id: int, groups: Collection[StaffGroup], actor: User) -> None:
    need_superuser(actor, "社内ユーザーのグループを変更する")
    _put_into(_staff(user_id), groups)


@transaction.atomic
def set_active(*, user_id: int, active: bool, actor: User) -> None:
    """Stop or reopen a login; nobody shuts themselves out, and one system administrator always remains."""
    need_superuser(actor, "社内ユーザーの利用を停止・再開する")
    administrators = User.objects.select_for_update().filter(is_superuser=True, is_active=True).order_by("pk")
    if actor.pk not in [one.pk for one in administrators]:  # stopped by the other one just now
        raise NotAllowed("ご自身のログインが停止されています。")
    user = _staff(user_id)
    if user.pk == actor.pk:
        raise Refused("ご自身のログインは停止できません。")
    user.is_active = active
    user.save(update_fields=["is_active"])


def _staff(user_id: int) -> User:
    user = User.objects.select_for_update().filter(pk=user_id, is_staff=True).first()
    if user is None:
        raise Refused("この社内ユーザーは見つかりません。画面を開き直してください。")
    return user


def _put_into(user: User, groups: Collection[StaffGroup]) -> None:
    wanted = Group.objects.filter(name__in=[group.value for group in groups])
    others = user.groups.exclude(name__in=list(StaffGroup))
    user.groups.set([*wanted, *others])
