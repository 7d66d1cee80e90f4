"""Celery, and the one table of periodic jobs. Every job is safe to run twice, late, or after a crash."""

import os
import warnings

from celery import Celery
from celery.platforms import SecurityWarning

# script/server serves root as well as anybody (containers); messages are JSON, nothing in them is run.
warnings.filterwarnings("ignore", "You're running the worker with superuser privileges", SecurityWarning)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kmc_portal.settings")

app = Celery("kmc_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

PERIODIC_JOBS = {  # name: (task, seconds between runs)
    "送信待ちメールの配信と滞留の回収": ("accounts.tasks.sweep_outbox", 60),
    "どこからも参照されないファイルの掃除": ("accounts.tasks.sweep_files", 24 * 60 * 60),
    "新しい企業名の反映": ("accounts.tasks.follow_profiles", 60 * 60),
    "解約日を過ぎた契約の終了": ("applications.tasks.end_contracts", 60 * 60),
    "疎通確認の実施と滞留の回収": ("applications.tasks.run_checks", 60),
    "通知先の定期確認": ("applications.tasks.order_rechecks", 60 * 60),
    "配信実績の取込（受信フォルダー）": ("billing.tasks.import_inbox", 5 * 60),
    "締めの作成と試算": ("billing.tasks.preview_due", 60 * 60),
    "締めの確定（精算確定日）": ("billing.tasks.settle_due", 60 * 60),
    "請求書PDFの作成": ("billing.tasks.render_invoices", 10 * 60),
    "請求書の送付": ("billing.tasks.send_invoices", 30 * 60),
}

app.conf.beat_schedule = {
    name: {"task": task, "schedule": seconds} for name, (task, seconds) in PERIODIC_JOBS.items()
}
