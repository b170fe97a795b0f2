"""How each seller's e-invoices leave the house."""

from dataclasses import dataclass

from billing.exchange import channels
from billing.exchange.models import Channel
from billing.platforms.models import BillingEntity, Member
from billing.platforms.permissions import SETTINGS_UPDATE
from billing_desk.desk.access import may


@dataclass(frozen=True)
class ChannelRow:
    billing_entity_id: str
    seller: str
    method: str
    transport: str  # in words
    where_to: str
    lookup: str
    callback_url: str

    @property
    def is_on(self) -> bool:
        return self.method != Channel.Method.OFF


@dataclass(frozen=True)
class ChannelList:
    rows: list[ChannelRow]
    may_change: bool


@dataclass(frozen=True)
class ChannelPage:
    row: ChannelRow
    values: dict[str, object]
    seen: str


def channel_list(*, member: Member) -> ChannelList:
    """Return the channel of each seller, those that nobody has set among them."""
    entities = BillingEntity.objects.for_platform(member.platform).select_related("channel")
    return ChannelList(
        rows=[
            channel_row(getattr(entity, "channel", None) or Channel(billing_entity=entity))
            for entity in entities.order_by("name", "pk")
        ],
        may_change=may(member, SETTINGS_UPDATE),
    )


def channel_row(channel: Channel) -> ChannelRow:
    entity = channel.billing_entity
    where_to = {
        Channel.Transport.EMAIL: "The customer's e-mail address",
        Channel.Transport.DIRECTORY: f"Folder {channel.folder or entity.pk}",
        Channel.Transport.HTTP: channel.address,
    }
    return ChannelRow(
        billing_entity_id=entity.pk,
        seller=str(entity),
        method=channel.method,
        transport=channel.get_transport_display(),
        where_to=where_to[Channel.Transport(channel.transport)],
        lookup=channel.get_lookup_display(),
        callback_url=channels.channel_shape(channel)["callback_url"] or "",
    )


def channel_page(*, member: Member, billing_entity_id: str) -> ChannelPage:
    """Return one seller's channel, to be changed.

    :raises NotFound: there is no such seller.
    """
    channel = channels.channel_of(platform=member.platform, billing_entity_id=billing_entity_id)
    return ChannelPage(
        row=channel_row(channel),
        values={name: getattr(channel, name) for name in channels.CHANGEABLE},
        seen=channels.seen_of(channel),
    )
