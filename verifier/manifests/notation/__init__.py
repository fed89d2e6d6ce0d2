"""Texts of one line: expressions, connections, filters, selectors, addresses."""
