"""Where symbolic links lead. One that is absolute, or leaves the repository, shows on another machine something else,
or nothing, so that what a directory holds must not depend on it."""

import os

_MOST_HOPS = 40


def home_of(directory: str) -> str:
    """The real path of the work tree in which `directory` lies; where there is none, that of the directory."""
    real = os.path.realpath(directory)
    above = real
    while not os.path.exists(os.path.join(above, ".git")):  # noqa: PTH110, PTH118
        parent = os.path.dirname(above)  # noqa: PTH120
        if parent == above:
            return real
        above = parent
    return above


def leads_out(path: str, home: str) -> bool:
    """True iff the way to what the symbolic link `path` stands for takes an absolute link, or leaves `home`. One that
    leads in a circle does not."""
    folder, name = os.path.split(path)
    return strays(os.path.join(os.path.relpath(os.path.realpath(folder), home), name), home)  # noqa: PTH118


def strays(path: str, home: str) -> bool:
    """The same of a path that is relative to `home`, and any part of which may be a link."""
    steps, done, hops = [*reversed(path.split(os.sep))], list[str](), 0  # noqa: PTH206
    while steps and hops <= _MOST_HOPS:
        step = steps.pop()
        if step in ("", "."):
            continue
        if step == "..":
            if not done:
                return True
            done.pop()
            continue
        try:
            target = os.readlink(os.path.join(home, *done, step))  # noqa: PTH115, PTH118
        except OSError:
            done.append(step)
            continue
        if os.path.isabs(target):  # noqa: PTH117
            return True
        hops += 1
        steps += reversed(target.split(os.sep))  # noqa: PTH206
    return False
