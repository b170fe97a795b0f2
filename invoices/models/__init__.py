from .invoice import Invoice, InvoiceAllowanceCharge, InvoiceLine
from .overpayment import Overpayment
from .payment import Payment
from .tax_withheld import TaxWithheld

__all__ = ["Invoice", "InvoiceAllowanceCharge", "InvoiceLine", "Overpayment", "Payment", "TaxWithheld"]
