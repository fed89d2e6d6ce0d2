"""Names and revisions to texts, and texts to plain data with positions."""
