"""A view finds out who asks and for what, makes one call, and answers."""
