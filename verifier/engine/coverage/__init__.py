"""`netpol coverage`: which edits of the policies some property would notice."""
