"""E-invoices, as functions of a Document value: code lists, checks, UBL out and in, the official rules."""
