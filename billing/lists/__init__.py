"""Lists: how they are narrowed and ordered, for the API, the exports and the desk alike."""
