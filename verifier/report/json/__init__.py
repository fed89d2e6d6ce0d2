"""Reports for programs, written out field by field."""
