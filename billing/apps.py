from django.apps import AppConfig
from django.db.models.signals import post_migrate


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = "請求"

    def ready(self) -> None:
        from billing.services.defaults import ensure

        post_migrate.connect(ensure, sender=self, dispatch_uid="billing_defaults")
