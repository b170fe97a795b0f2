"""Documents as UN/CEFACT CII, written and read."""
