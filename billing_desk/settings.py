"""Settings, read from the environment. They import with an empty one, so that tools can load them.

docs/operations.md lists every variable; `manage.py desk` sets those of the services it embeds.
"""

import os
from pathlib import Path

import dj_database_url
from botocore.config import Config
from celery.schedules import crontab

from billing_desk.queues import QUEUES

BASE_DIR = Path(__file__).resolve().parent.parent


def flag(name: str, default: bool = False) -> bool:
    return os.environ.get(name, str(default)).lower() in {"1", "true", "yes", "on"}


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


# What is not set in production must fail closed: no debug, no host, a key that `check --deploy` refuses.
DEBUG = flag("DEBUG")
SECRET_KEY = os.environ.get("SECRET_KEY", "insecure-until-SECRET_KEY-is-set")
ALLOWED_HOSTS = words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = words("CSRF_TRUSTED_ORIGINS")
BEHIND_TLS = flag("BEHIND_TLS", default=not DEBUG)

INSTALLED_APPS = [
    "billing_desk.apps.BillingDeskAdmin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "pgtrigger",
    "storages",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "lucide",
    "django_structlog",
    "billing.platforms",
    "billing.events",
    "billing.documents",
    "billing.jobs",
    "billing.exchange",
    "billing.api",
    "invoices",
    "credit_notes",
    "billing_desk",
    "billing_desk.desk",
]

MIDDLEWARE = [
    "billing.api.request_ids.RequestIdMiddleware",
    "billing.api.throttling.RateLimitMiddleware",
    "billing_desk.failures.ProblemMiddleware",
    "billing.api.spellings.SpellingMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "billing_desk.urls"
WSGI_APPLICATION = "billing_desk.wsgi.application"
FORM_RENDERER = "billing_desk.desk.forms.DeskFormRenderer"
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
                "billing_desk.desk.context.shell",
            ],
        },
    }
]

# Data. Only PostgreSQL: a system check refuses anything else, for locks and triggers are half the design.
DATABASES = {
    "default": dj_database_url.config(
        default="postgres://localhost/billing_desk", conn_max_age=60, conn_health_checks=True
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "platforms.User"
REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379/0")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

# Files. One write-once bucket; links are signed and short-lived.
S3: dict[str, object] = {
    "bucket_name": os.environ.get("S3_BUCKET", "billing-desk"),
    "endpoint_url": os.environ.get("S3_ENDPOINT_URL") or None,
    "access_key": os.environ.get("S3_ACCESS_KEY_ID") or None,
    "secret_key": os.environ.get("S3_SECRET_ACCESS_KEY") or None,
    "region_name": os.environ.get("S3_REGION", "us-east-1"),
    "addressing_style": os.environ.get("S3_ADDRESSING_STYLE", "auto"),
    "default_acl": None,
    "file_overwrite": True,
    "client_config": Config(
        signature_version="s3v4",
        s3={"addressing_style": os.environ.get("S3_ADDRESSING_STYLE", "auto")},
        connect_timeout=5,
        read_timeout=15,
        retries={"total_max_attempts": 2},
    ),
}


def outbox(place: str) -> dict[str, object]:
    """Return the storage of a place: `s3://bucket/prefix`, a folder, or by itself `outbox/` in our bucket."""
    if place and not place.startswith("s3://"):
        return {"BACKEND": "billing.exchange.outbox.Folder", "OPTIONS": {"location": place}}
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    there = {"bucket_name": bucket, "location": prefix} if bucket else {"location": "outbox"}
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": S3 | there}


STORAGES = {
    "default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": S3},
    # E-invoices that an access point picks up.
    "outbox": outbox(os.environ.get("EINVOICE_OUTBOX", "")),
    # Signed links carry the address that callers know the store by, where that is another one than ours.
    "links": {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": S3 | {"endpoint_url": os.environ.get("S3_PUBLIC_ENDPOINT_URL") or S3["endpoint_url"]},
    },
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if not DEBUG
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = DEBUG

# Mail.
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = flag("EMAIL_USE_TLS")
EMAIL_USE_SSL = flag("EMAIL_USE_SSL")
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "billing@localhost")

# Workers. A task may run twice and must not mind; what is lost in Redis is found again in the event table.
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_PROC_ALIVE_TIMEOUT = 60  # a fresh process compiles the e-invoice rules first
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
WORK_LEASE_SECONDS = float(os.environ.get("WORK_LEASE_SECONDS", "60"))
# A task ends before its lease does, so that no two workers do the same; asked first, then killed.
CELERY_TASK_SOFT_TIME_LIMIT = 50
CELERY_TASK_TIME_LIMIT = 55
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A broker that is down, or hangs, must not hold up the request that wanted to nudge a worker.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_connect_timeout": 2,
    "socket_timeout": 3,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}
CELERY_TASK_QUEUES = QUEUES
CELERY_TASK_ROUTES = ["billing_desk.queues.route"]
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "billing.events.tasks.sweep", "schedule": 5.0},
    "sweep jobs": {"task": "billing.jobs.tasks.sweep", "schedule": 5.0},
    "finalise drafts": {"task": "credit_notes.tasks.finalize_due_drafts", "schedule": 300.0},
    "follow refunds": {"task": "credit_notes.tasks.follow_refunds", "schedule": 600.0},
    "forget attempts": {"task": "billing.events.tasks.forget_old_attempts", "schedule": 86400.0},
    "audit": {"task": "billing_desk.tasks.audit_books", "schedule": crontab(hour=2, minute=30)},  # UTC
    "forget idempotency keys": {"task": "billing.api.tasks.forget_old_keys", "schedule": 3600.0},
}
EVENT_REACTIONS = "billing_desk.reactions.REACTIONS"
JOB_DEEDS = "billing_desk.deeds.DEEDS"
WEBHOOKS_MAY_BE_PRIVATE = flag("WEBHOOKS_MAY_BE_PRIVATE")
WEBHOOKS_SECONDS_TO_ANSWER = float(os.environ.get("WEBHOOKS_SECONDS_TO_ANSWER", "10"))  # well within a lease
WEBHOOKS_DISABLED_AFTER_DAYS = int(os.environ.get("WEBHOOKS_DISABLED_AFTER_DAYS", "5"))  # of failures only
EINVOICE_RULES_DIR = os.environ.get("EINVOICE_RULES_DIR") or str(
    Path(os.environ.get("BILLING_DESK_HOME") or BASE_DIR / ".desk") / "einvoice-rules"
)
EINVOICE_SECONDS_TO_ANSWER = float(os.environ.get("EINVOICE_SECONDS_TO_ANSWER", "20"))  # within a lease, too
STRIPE_API_BASE = os.environ.get("STRIPE_API_BASE", "")  # another address than Stripe's own, for tests

# People.
LOGIN_URL = "desk:sign_in"
LOGIN_REDIRECT_URL = "desk:home"
LOGOUT_REDIRECT_URL = "desk:sign_in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = False

# The API. Requests a minute, for each credential, and for each address without one; 0 is no limit.
API_REQUESTS_PER_MINUTE = int(os.environ.get("API_REQUESTS_PER_MINUTE", "1200"))
API_STRANGERS_PER_MINUTE = int(os.environ.get("API_STRANGERS_PER_MINUTE", "120"))
TRUSTED_PROXIES = int(os.environ.get("TRUSTED_PROXIES", "1" if BEHIND_TLS else "0"))
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["billing.api.authentication.CredentialAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["billing.api.permissions.HasPermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["billing.api.parsers.ExactJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "billing.api.problems.handle",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,  # `?format=pdf` asks for a file, not for one of the renderers
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Billing Desk",
    "DESCRIPTION": (BASE_DIR / "billing" / "api" / "introduction.md").read_text(encoding="utf-8"),
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "SCHEMA_PATH_PREFIX": "/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {
        "deepLinking": True,
        "docExpansion": "none",
        "filter": True,
        "persistAuthorization": False,
        "defaultModelsExpandDepth": 0,
        "defaultModelExpandDepth": 2,
    },
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SORT_OPERATION_PARAMETERS": False,
    "ENUM_NAME_OVERRIDES": {},
    "POSTPROCESSING_HOOKS": ["billing.api.openapi.finish"],
}

# The browser.
SECURE_SSL_REDIRECT = BEHIND_TLS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
SECURE_HSTS_SECONDS = int(os.environ.get("HSTS_SECONDS", "31536000")) if BEHIND_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = BEHIND_TLS
SECURE_HSTS_PRELOAD = BEHIND_TLS
SESSION_COOKIE_SECURE = BEHIND_TLS
CSRF_COOKIE_SECURE = BEHIND_TLS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
        "base-uri": ["'self'"],
        "object-src": ["'none'"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # three for each line of an invoice that is credited in part
FILE_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024

# Logs: JSON lines in production, words in development.
import structlog

structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "lines": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.dev.ConsoleRenderer(
                colors=False, exception_formatter=structlog.dev.plain_traceback
            )
            if DEBUG
            else structlog.processors.JSONRenderer(),
            "foreign_pre_chain": [
                structlog.contextvars.merge_contextvars,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
            ],
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"handlers": ["console"], "level": os.environ.get("LOG_LEVEL", "INFO")},
    "loggers": {
        "django": {"level": "NOTSET"},  # without the handlers of Django's own configuration
        "xhtml2pdf": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
        "pikepdf": {"level": "WARNING"},
        "botocore": {"level": "WARNING"},
        "stripe": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
    },
}
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = True  # upstream is our own RequestIdMiddleware
