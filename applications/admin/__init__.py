"""The staff's way in to applications and their 通知先. Pages by noun; every write goes through services."""

from accounts.admin import contract_page
from applications.admin.cases import ApplicationAdmin
from applications.admin.contract_part import contract_part
from applications.admin.endpoints import NotificationEndpointAdmin

__all__ = ["ApplicationAdmin", "NotificationEndpointAdmin"]

contract_page.PARTS.append(contract_part)
