"""Values that no term of a script tells apart, so that what holds of one of them holds of all."""

from verifier.smt.script import Told


def alike(*variables: Told) -> tuple[tuple[int, ...], ...]:
    """The values of variables of one size, in kinds: each of ascending values, in the order of their first ones.

    Two values are of one kind iff each set that the script holds one of the variables against has both or neither, and
    the variables are compared with each other only. Then the script is the same text, but for the order of what it
    joins, when both values change places in all the variables at once; and where a question has a model in which one of
    the variables has one of the values, the same model with the places changed is one with the other.
    Terms that are not of the script (literals that are assumed, say) are for whoever adds them to look at.
    """
    size = variables[0].size
    names = {variable.name for variable in variables}
    if any(other not in names for variable in variables for other in variable.others):
        return tuple((value,) for value in range(size))
    sets = dict.fromkeys(found for variable in variables for found in variable.sets)
    within: list[list[int]] = [[] for _ in range(size)]
    for number, ranges in enumerate(sets):
        for low, high in ranges:
            for value in range(max(0, low), min(size - 1, high) + 1):
                within[value].append(number)
    kinds: dict[tuple[int, ...], list[int]] = {}
    for value, numbers in enumerate(within):
        kinds.setdefault(tuple(numbers), []).append(value)
    return tuple(map(tuple, kinds.values()))
