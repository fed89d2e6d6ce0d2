"""Are properties proved?"""
