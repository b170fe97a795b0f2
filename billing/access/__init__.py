"""Who may come in: keys for machines, sessions for people, and how far each reaches."""
