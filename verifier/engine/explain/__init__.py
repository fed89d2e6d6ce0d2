"""Which rules decide one connection?"""
