from .invoices import whole_invoices

__all__ = ["whole_invoices"]
