"""The official rules: which there are, what runs them, and what they say of a document."""
