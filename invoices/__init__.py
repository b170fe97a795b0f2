"""Invoices, their lines and the payments they received."""
