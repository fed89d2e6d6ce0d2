"""The intermediate representation: frozen values that every dialect is lowered to."""
