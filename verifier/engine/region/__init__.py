"""How do two sets differ, and what does a change do?"""
