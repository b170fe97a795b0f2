"""Documents as UBL 2.1, written and read."""
