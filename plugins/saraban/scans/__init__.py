"""Scan intake: a stack of paper becomes lines of the register."""
