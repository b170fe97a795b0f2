"""The way out by e-mail: to the customer's address, with the paper and the e-invoice."""

from django.conf import settings

from billing.errors import BillingError
from billing.exchange.models import Channel
from billing.exchange.port import Handed, NotNow, Parcel, Refused
from billing.mailing import is_final, reason_of
from billing.paper import mail

from .labels import profile_of


class Email:
    """Mail cannot be taken back or asked for: a parcel that is sent twice has one Message-ID, by which
    mailboxes recognise it.
    """

    def send(self, parcel: Parcel, channel: Channel) -> Handed:
        """Send the XML beside the PDF; of a hybrid only the PDF, in which the XML is."""
        if not parcel.email:
            raise Refused("The customer has no e-mail address.", reason_code="no_receiver_address")
        domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
        message_id = f"<{parcel.message_id}@{domain}>"
        try:
            message = mail.message(
                parcel.document,
                to=[parcel.email],
                pdf=parcel.pdf,
                xml=None if profile_of(parcel).is_hybrid else parcel.xml,
                message_id=message_id,
                sender=settings.DEFAULT_FROM_EMAIL,
            )
            message.send()
        except (BillingError, OSError) as error:
            if is_final(error):
                raise Refused(reason_of(error), reason_code="email_refused") from error
            raise NotNow(reason_of(error)) from error
        return Handed(reference=message_id, receiver=parcel.email)
