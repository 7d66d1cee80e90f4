"""The staff's way in to applications. Pages by noun; every write goes through services."""

from applications.admin.cases import ApplicationAdmin

__all__ = ["ApplicationAdmin"]
