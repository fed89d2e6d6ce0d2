"""A long differential run: the package, its evaluator for one connection and the enumeration over plain YAML are held
against each other on random and on mutated real policy sets (`make soak`; docs/trust.md).

A seed is one policy set with its questions, whatever was run before it; every answer is a case.
"""
