"""How people talk to us: screens, forms and flashes."""
