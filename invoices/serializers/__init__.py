from .invoices import InvoiceOut, WholeInvoiceOut

__all__ = ["InvoiceOut", "WholeInvoiceOut"]
