"""Credit notes: what they correct, and where their money goes."""
