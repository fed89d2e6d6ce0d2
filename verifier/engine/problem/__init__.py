"""A question before it is asked: scope, slicing, pairs, switches."""
