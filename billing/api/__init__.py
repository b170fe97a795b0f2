"""How machines talk to us: credentials, permissions, problems, idempotency, lists."""
