"""A new API key, and how long a replaced one stays valid."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms

from billing.platforms.models import Reach
from billing.platforms.permissions import EVERYTHING, OF_CLIENTS, READING
from billing_desk.desk.queries.api_keys import NewApiKey

from .fields import DayField

ALL_OF_MINE, TO_READ, CHOSEN = "all", "read", "chosen"
MOST_A_MINUTE = 100_000
DAY = timedelta(days=1)
OVERLAPS = [("0", "At once"), ("1", "After an hour"), ("24", "After a day"), ("168", "After a week")]


class NewApiKeyForm(forms.Form):
    """What a key is for, how far it reaches, and what it may do."""

    name = forms.CharField(label="Name", max_length=100, help_text="What it is for. Such as Web shop.")
    reach = forms.ChoiceField(label="Reaches", widget=forms.RadioSelect, initial=Reach.STAFF)
    platforms = forms.MultipleChoiceField(
        label="Other platforms", widget=forms.CheckboxSelectMultiple, required=False
    )
    customer = forms.CharField(
        label="Customer",
        required=False,
        max_length=300,
        help_text="The name, or the id.",
        widget=forms.TextInput(attrs={"list": "customers", "autocomplete": "off"}),
    )
    may = forms.ChoiceField(
        label="May do",
        widget=forms.RadioSelect,
        choices=[
            (TO_READ, "Everything, only to read"),
            (ALL_OF_MINE, "Everything that I may do"),
            (CHOSEN, "Only what I choose"),
        ],
        initial=TO_READ,
    )
    permissions = forms.MultipleChoiceField(
        label="Permissions", widget=forms.CheckboxSelectMultiple, required=False
    )
    expires_at = DayField(
        label="Valid until", required=False, help_text="The end of that day, UTC. Empty: for ever."
    )
    requests_per_minute = forms.IntegerField(
        label="Requests a minute",
        required=False,
        min_value=1,
        max_value=MOST_A_MINUTE,
        help_text="Empty: as many as every key may make.",
    )

    def __init__(self, *args: Any, page: NewApiKey, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.page = page
        reaches = [(Reach.STAFF, page.platform), (Reach.CLIENT, "One customer's papers")]
        if page.platforms:
            reaches.insert(1, (Reach.DIRECTORY, f"{page.platform} and other platforms"))
        self.fields["reach"].choices = reaches
        self.fields["platforms"].choices = page.platforms
        self.fields["permissions"].choices = [choice for _, choices in page.areas for choice in choices]

    def clean_customer(self) -> str:
        """Return the id of the customer that was meant: by id, or by a name that only one has."""
        said = self.cleaned_data["customer"].strip()
        meant = [key for key, name in self.page.customers if said == name]
        if len(meant) > 1:
            raise forms.ValidationError(f"Several are called that. Write the id: {', '.join(meant)}.")
        return meant[0] if meant else said

    def clean_expires_at(self) -> date | None:
        day: date | None = self.cleaned_data["expires_at"]
        if day and day.year >= 9999:
            raise forms.ValidationError("Leave it empty for a key that does not expire.")
        return day

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if said.get("reach") == Reach.CLIENT and not said.get("customer") and "customer" not in self.errors:
            self.add_error("customer", "Say whose papers it reaches.")
        if said.get("reach") == Reach.DIRECTORY and not said.get("platforms"):
            self.add_error("platforms", "Choose at least one.")
        if said.get("may") == CHOSEN and not said.get("permissions"):
            self.add_error("permissions", "Choose at least one: a key that may do nothing is of no use.")
        return said

    def wish(self) -> dict[str, Any]:
        """Return what was asked for, as `create_key` takes it."""
        said = self.cleaned_data
        reach, day = said["reach"], said["expires_at"]
        return {
            "name": said["name"],
            "reach": reach,
            "customer_id": said["customer"] if reach == Reach.CLIENT else "",
            "more_platform_ids": said["platforms"] if reach == Reach.DIRECTORY else [],
            "permissions": self.granted_permissions(),
            "requests_per_minute": said["requests_per_minute"],
            "expires_at": datetime.combine(day + DAY, time(), UTC) if day else None,
        }

    def granted_permissions(self) -> list[str]:
        is_client = self.cleaned_data["reach"] == Reach.CLIENT
        if self.cleaned_data["may"] == ALL_OF_MINE:
            return [EVERYTHING]
        if self.cleaned_data["may"] == TO_READ:
            return sorted(READING & OF_CLIENTS if is_client else READING)
        return list(self.cleaned_data["permissions"])


class RotateKeyForm(forms.Form):
    """When the replaced key ends."""

    overlap = forms.TypedChoiceField(
        label="The old key ends",
        choices=OVERLAPS,
        coerce=lambda hours: timedelta(hours=int(hours)),
        initial="24",
        help_text="Until then both are valid, so that nothing stops while you put the new one in place.",
    )
