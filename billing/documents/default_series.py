"""Choose which series of a seller numbers what names none."""

from datetime import datetime

from billing.events import corrections
from billing.events.corrections import BY_API
from billing.platforms.models import Platform
from billing.transactions import entrance

from .models import Series
from .series import hold_series_of, others_of


@entrance
def make_default(
    *, platform: Platform, series_id: str, reason: str = BY_API, actor: str, at: datetime
) -> Series:
    """Let a series number new documents of its kind in place of the one that did.

    :raises NotFound: there is no such series.
    :raises NothingToCorrect: it does already.
    """
    found = Series.objects.for_platform(platform).select_related("billing_entity").find(series_id)
    hold_series_of(found.billing_entity)
    series: Series = Series.objects.for_platform(platform).find(series_id)
    for row in [*others_of(series).filter(is_default=True), series]:
        row.is_default = row.pk == series.pk
        corrections.correct(row, reason=reason, actor=actor, at=at)
    return series
