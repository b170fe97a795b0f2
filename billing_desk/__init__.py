"""The Django project: settings, worker, desk, and what follows each event."""
