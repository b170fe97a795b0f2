"""The receiver's answers, and which may follow which.

Source: Peppol BIS Invoice Response 3 and its codes of UNCL4343. An answer moves forward; a query, a condition
and being in process may take turns. REJECTED and PAID are final, ACCEPTED is but for the payment.
"""

from .models import EInvoice

Response = EInvoice.Response

UNDECIDED = frozenset({Response.IN_PROCESS, Response.UNDER_QUERY, Response.CONDITIONALLY_ACCEPTED})
DECIDED = frozenset({Response.ACCEPTED, Response.REJECTED, Response.PAID})

FOLLOWS: dict[str, frozenset[str]] = {
    "": frozenset(Response.values),
    Response.ACKNOWLEDGED: UNDECIDED | DECIDED,
    **{answer: (UNDECIDED | DECIDED) - {answer} for answer in UNDECIDED},
    Response.ACCEPTED: frozenset({Response.PAID}),
    Response.REJECTED: frozenset(),
    Response.PAID: frozenset(),
}
"""By the answer there is, those that may come."""

OF_PEPPOL: dict[str, str] = {
    "AB": Response.ACKNOWLEDGED,
    "IP": Response.IN_PROCESS,
    "UQ": Response.UNDER_QUERY,
    "CA": Response.CONDITIONALLY_ACCEPTED,
    "AP": Response.ACCEPTED,
    "RE": Response.REJECTED,
    "PD": Response.PAID,
}
"""By the code of an Invoice Response."""
