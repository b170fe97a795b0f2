from .invoices import ListedInvoiceOut, WholeInvoiceOut

__all__ = ["ListedInvoiceOut", "WholeInvoiceOut"]
