from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ApplicationsConfig(AppConfig):
    name = "applications"
    verbose_name = "申込"

    def ready(self) -> None:
        # The last of our apps: by now every table and permission is there.
        from accounts.services.defaults import ensure

        post_migrate.connect(ensure, sender=self, dispatch_uid="defaults")
