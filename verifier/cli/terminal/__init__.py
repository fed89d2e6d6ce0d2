"""The person at the other end: streams, colours, progress, signals, crashes."""
