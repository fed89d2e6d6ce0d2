"""`dataclass`, made fast: the standard one compiles six methods for each class, which was a third of a short run.

Takes what `dataclasses.dataclass` takes. A class that is frozen and has slots, as our values are, gets methods that all
such classes share, and only its `__init__` compiled; any other class is the standard library's business. Equality,
hash, representation, `replace`, `fields`, pickling and matching work as they do there. A value's hash is computed once:
formulas nest deeply, and are keys of many tables.
"""

# ruff: noqa: N807

import dataclasses
import sys
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(cls=None, /, *, frozen=False, slots=False, eq=True):
        if cls is None:
            return lambda decorated: dataclass(decorated, frozen=frozen, slots=slots, eq=eq)
        if not (frozen and slots and eq):
            return dataclasses.dataclass(cls, frozen=frozen, slots=slots, eq=eq)
        return _value(cls)

    def _value(cls):
        own = vars(cls).keys()
        made = _slotted(dataclasses.dataclass(cls, init=False, repr=False, eq=False))
        fields = dataclasses.fields(made)
        compared = [f.name for f in fields if f.compare]
        hashed = [f.name for f in fields if (f.compare if f.hash is None else f.hash)]
        methods = {
            "__repr__": _repr([f.name for f in fields if f.repr]),
            "__eq__": _eq(_getter(compared)),
            "__hash__": _hash(_getter(hashed), vars(made)["_hash"].__set__),
            "__getstate__": _getstate([f.name for f in fields]),
            "__setstate__": _setstate([f.name for f in fields]),
            "__init__": _init(made, fields),
        }
        for name, method in methods.items():
            if name not in own:
                method.__qualname__ = f"{made.__qualname__}.{name}"
                setattr(made, name, method)
        made.__setattr__ = _refuse_to_set
        made.__delattr__ = _refuse_to_delete
        return made

    def _slotted(cls):
        """The class with a slot for each field, and one for the hash."""
        names = [f.name for f in dataclasses.fields(cls)]
        attributes = {k: v for k, v in vars(cls).items() if k not in (*names, "__dict__", "__weakref__")}
        made = type(cls)(cls.__name__, cls.__bases__, {**attributes, "__slots__": (*names, "_hash")})
        made.__qualname__ = cls.__qualname__
        return made

    def _getter(names):
        return attrgetter(*names) if names else lambda _value: ()

    def _repr(names):
        def __repr__(self):
            return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

        return __repr__

    def _eq(get):
        def __eq__(self, other):
            if self is other:
                return True
            return get(self) == get(other) if other.__class__ is self.__class__ else NotImplemented

        return __eq__

    def _hash(get, keep):
        def __hash__(self):
            try:
                return self._hash
            except AttributeError:
                found = hash(get(self))
                keep(self, found)
                return found

        return __hash__

    def _getstate(names):
        def __getstate__(self):
            return [getattr(self, name) for name in names]

        return __getstate__

    def _setstate(names):
        def __setstate__(self, state):
            for name, value in zip(names, state, strict=True):
                object.__setattr__(self, name, value)

        return __setstate__

    def _refuse_to_set(self, name, value):  # noqa: ARG001
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def _refuse_to_delete(self, name):  # noqa: ARG001
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

    def _init(cls, fields):
        """`__init__`, compiled: values are made by the thousand."""
        given, body, bound = [], [], {}
        for f in fields:
            value = f.name
            if f.default_factory is not dataclasses.MISSING:
                bound[f"_make_{f.name}"], bound["_missing"] = f.default_factory, _MISSING
                given.append(f"{f.name}=_missing")
                value = f"_make_{f.name}() if {f.name} is _missing else {f.name}"
            elif f.default is not dataclasses.MISSING:
                bound[f"_default_{f.name}"] = f.default
                given.append(f"{f.name}=_default_{f.name}")
            else:
                given.append(f.name)
            bound[f"_set_{f.name}"] = getattr(cls, f.name).__set__
            body.append(f"  _set_{f.name}(self, {value})")
        if hasattr(cls, "__post_init__"):
            body.append("  self.__post_init__()")
        text = [f"def make({', '.join(bound)}):", f" def __init__({', '.join(('self', *given))}):"]
        scope = {}
        exec("\n".join((*text, *(body or ["  pass"]), " return __init__")), vars(sys.modules[cls.__module__]), scope)
        made = scope["make"](**bound)
        made.__annotations__ = {f.name: f.type for f in fields} | {"return": None}
        return made

    _MISSING = object()
