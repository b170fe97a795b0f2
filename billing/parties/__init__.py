"""Customers and billing entities: made and changed, with an event each."""
