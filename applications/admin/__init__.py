"""The staff's way in to applications and their 通知先. Pages by noun; every write goes through services."""

from applications.admin.cases import ApplicationAdmin
from applications.admin.endpoints import NotificationEndpointAdmin

__all__ = ["ApplicationAdmin", "NotificationEndpointAdmin"]
