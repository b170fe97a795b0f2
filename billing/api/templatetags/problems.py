"""How the pages about problems write their texts."""

import json
import re
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from billing.api.catalogue import entries

register = template.Library()

QUOTED = re.compile("`([^`]+)`")


@register.filter
def with_names(text: str) -> SafeString:
    """Set what stands in backticks as code; a code of another problem leads there."""
    return mark_safe(QUOTED.sub(lambda found: name(found[1]), escape(text)))  # noqa: S308 - escaped before


def name(word: str) -> str:
    shown = f"<code>{word}</code>"
    return f'<a href="{reverse("problem", args=[word])}">{shown}</a>' if word in entries() else shown


@register.filter
def as_json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
