"""Who bills whom, and who may call: tenants, sellers, buyers, people and keys."""
