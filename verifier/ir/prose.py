"""Words about numbers of things, for whoever writes a sentence."""


def number(count: int, one: str, many: str | None = None) -> str:
    """`1 policy`, `2 policies`."""
    return f"{count} {one if count == 1 else many or one + 's'}"
