"""A file a command: reads its words, asks, renders, returns its code."""
