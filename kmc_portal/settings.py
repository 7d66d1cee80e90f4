"""Settings: everything that differs between places comes from the environment, parsed strictly.

Without DATABASE_URL or REDIS_URL the embedded stack is meant (`kmc_portal.embedded`).
The table of variables stands in README.md.
"""

import re
from pathlib import Path

import environ
import pghistory
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.urls import reverse_lazy

from kmc_portal.embedded import addresses

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()

# Pointing at a database of one's own means business: the demo's lenient defaults end there.
DEMO = env.bool("KMC_DEMO", default=not env.str("DATABASE_URL", default=""))
DEBUG = env.bool("DEBUG", default=False)
DATA_FOLDER = addresses.data_folder()

SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    if not DEMO:
        raise ImproperlyConfigured("SECRET_KEY を設定してください（KMC_DEMO=off では必須です）。")
    SECRET_KEY = "demo-only-not-secret-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEF"
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", "testserver"] if DEMO else []
)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SITE_URL = env.str(
    "SITE_URL", default=f"http://localhost:{env.int('PORT', default=8000)}"
)  # for links in mails

INSTALLED_APPS = [
    "kmc_portal.apps.PortalConfig",
    "unfold.apps.BasicAppConfig",  # the default one would put its own site in place of ours
    "unfold.contrib.filters",
    "kmc_portal.apps.KmcAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "netfields",
    "pgtrigger",
    "pghistory",
    "allauth",
    "allauth.account",
    "django_htmx",
    "accounts",
    "billing",
    "applications",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "kmc_portal.middleware.SecurityHeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "pghistory.middleware.HistoryMiddleware",
    "kmc_portal.middleware.KnownMethodsMiddleware",
    "kmc_portal.middleware.UnreadableRequestMiddleware",
]

ROOT_URLCONF = "kmc_portal.urls"
WSGI_APPLICATION = "kmc_portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "kmc_portal.context.site",
            ],
        },
    }
]

DATABASES = {"default": env.db_url_config(env.str("DATABASE_URL", default="") or addresses.database_url())}
DATABASES["default"] |= {
    "CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=60),
    "CONN_HEALTH_CHECKS": True,
}
if DATABASES["default"].get("ENGINE") != "django.db.backends.postgresql":
    raise ImproperlyConfigured("DATABASE_URL には PostgreSQL だけを指定できます（postgres://…）。")

REDIS_URL = env.str("REDIS_URL", default="") or addresses.redis_url()
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": addresses.cache_url(REDIS_URL),
        "KEY_PREFIX": "kmc",
    }
}

# Celery -------------------------------------------------------------------------------------------
CELERY_BROKER_URL = addresses.celery_broker_url(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 3
}  # seconds; a request must not wait for the broker
CELERY_TIMEZONE = "Asia/Tokyo"

# Connectivity check (§1.9): names that may lie on this machine, for the demo's receiver and tests only -----
RECEIVER_PORT = env.int("RECEIVER_PORT", default=8943)
RECEIVER_FOLDER = DATA_FOLDER / "receiver"
CONNECTIVITY_LOOPBACK = env.list(
    "CONNECTIVITY_LOOPBACK", default=[f"receiver.kmc.example.jp:{RECEIVER_PORT}"] if DEMO else []
)
CONNECTIVITY_CA_FILE = env.str(
    "CONNECTIVITY_CA_FILE", default=str(RECEIVER_FOLDER / "ca.pem") if DEMO else ""
)
if not DEMO and (CONNECTIVITY_LOOPBACK or CONNECTIVITY_CA_FILE):
    raise ImproperlyConfigured(
        "CONNECTIVITY_LOOPBACK と CONNECTIVITY_CA_FILE はデモとテスト専用です。"
        "KMC_DEMO=off では設定を外してください。"
    )
for entry in CONNECTIVITY_LOOPBACK:
    if not re.fullmatch(r"[a-z0-9.-]+:[0-9]{1,5}", entry):
        raise ImproperlyConfigured(
            f"CONNECTIVITY_LOOPBACK は「名前:ポート番号」をカンマで区切って指定してください（今の値: {entry}）。"
        )

# Files --------------------------------------------------------------------------------------------
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    "files": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": env.str("FILES_FOLDER", default=str(DATA_FOLDER / "files"))},
    },
}
if env.str("S3_BUCKET", default=""):
    STORAGES["files"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": env.str("S3_BUCKET"),
            "endpoint_url": env.str("S3_ENDPOINT_URL", default=None),
            "region_name": env.str("S3_REGION", default=None),
            "access_key": env.str("S3_ACCESS_KEY", default=None),
            "secret_key": env.str("S3_SECRET_KEY", default=None),
            "file_overwrite": False,
            "default_acl": None,
        },
    }
STATIC_URL = "static/"
STATIC_ROOT = DATA_FOLDER / "static"
STATICFILES_DIRS = [BASE_DIR / "kmc_portal" / "static"]
MAX_UPLOAD_MIB = env.int("MAX_UPLOAD_MIB", default=10)
MAX_USAGE_MIB = env.int("MAX_USAGE_MIB", default=1024)  # delivery records, uploaded by staff
USAGE_INBOX = env.str("USAGE_INBOX", default=str(DATA_FOLDER / "inbox"))
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "kmc_portal.uploads.SizeLimitHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# Mail: SMTP by EMAIL_URL, else files in the data folder -------------------------------------------
if env.str("EMAIL_URL", default=""):
    vars().update(env.email_url_config(env.str("EMAIL_URL")))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(DATA_FOLDER / "mail")
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="KMCお客様窓口 <kmc-support@example.jp>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
MAIL_DOMAIN = env.str("MAIL_DOMAIN", default="kmc.example.jp")  # right side of every Message-ID

# People -------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {"reset_password": "accounts.forms.PasswordResetForm"}
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "accounts.tokens.PasswordLinkTokens"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # an invitation already proves the address
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = True  # a changed password is told to its owner
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/10m/key", "reset_password": "20/m/ip,5/10m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
LOGIN_URL = reverse_lazy("account_login")
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
PASSWORD_RESET_TIMEOUT = (
    env.int("INVITATION_DAYS", default=7) * 24 * 60 * 60
)  # seconds; invitations and resets
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

# Safety: plain http is for the demo on this machine only ------------------------------------------
HTTPS = env.bool("HTTPS", default=not DEMO)
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
if env.bool("BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# History by triggers: inserts, updates and deletes, with who and where from --------------------------
PGHISTORY_DEFAULT_TRACKERS = (pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
PGHISTORY_OBJ_FIELD = pghistory.ObjForeignKey(related_name="history", db_index=True)

# Japan --------------------------------------------------------------------------------------------
LANGUAGE_CODE = "ja"
TIME_ZONE = "Asia/Tokyo"
USE_I18N = True
USE_TZ = True
LOCALE_PATHS = [BASE_DIR / "kmc_portal" / "locale"]


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {"fontTools": {"level": "WARNING"}},
}

UNFOLD = {
    "SITE_TITLE": "KMC 業務ポータル",
    "SITE_HEADER": "KMC 業務ポータル",
    "SITE_SUBHEADER": "申込・契約の管理",
    "SITE_SYMBOL": "forum",
    "SITE_URL": None,
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": False,
    "ENVIRONMENT": "kmc_portal.staff.sidebar.environment",
    "DASHBOARD_CALLBACK": "kmc_portal.staff.home.dashboard",
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "navigation": "kmc_portal.staff.sidebar.navigation",
    },
    "COMMAND": {"search_callback": "kmc_portal.staff.search.command"},
    "ACCOUNT": {"navigation": "kmc_portal.staff.sidebar.account_links"},
    "STYLES": [lambda request: static("kmc/admin.css"), lambda request: static("kmc/checks.css")],
    "BORDER_RADIUS": "6px",
    "COLORS": {
        "primary": {  # a calm blue
            "50": "oklch(97% .014 254.604)",
            "100": "oklch(93.2% .032 255.585)",
            "200": "oklch(88.2% .059 254.128)",
            "300": "oklch(80.9% .105 251.813)",
            "400": "oklch(70.7% .165 254.624)",
            "500": "oklch(58% .17 257)",
            "600": "oklch(50% .18 259)",
            "700": "oklch(44% .17 260)",
            "800": "oklch(39% .14 261)",
            "900": "oklch(34% .11 262)",
            "950": "oklch(27% .08 264)",
        },
    },
}
