"""Answers with a secret in them, which is told once."""

from typing import Any

from rest_framework.response import Response

TOLD_ONCE = "Keep it now: it is never shown again."
TOLD_BEFORE = "It was told in the first answer and cannot be read again. Lost? Rotate, and get another."


class SecretAnswer(Response):
    """Tells `secret` when it is sent; its `data`, which is what a replay is answered from, never has it."""

    def __init__(self, data: dict[str, Any], *, secret: str, **options: Any) -> None:
        super().__init__(data | {"secret": None, "secret_note": TOLD_BEFORE}, **options)
        self.secret = secret
        self["Cache-Control"] = "no-store"

    @property
    def rendered_content(self) -> bytes:
        kept = self.data
        self.data = kept | {"secret": self.secret, "secret_note": TOLD_ONCE}
        try:
            content: bytes = super().rendered_content
        finally:
            self.data = kept
        return content
