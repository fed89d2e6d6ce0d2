"""`netpol lint`: what is surely or probably not meant. One module for a family of rules; the table is in `rules`."""
