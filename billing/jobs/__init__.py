"""Many deeds asked for at once: a job has an item for each, and workers do them one by one."""
