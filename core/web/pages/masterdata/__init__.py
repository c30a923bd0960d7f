"""Schools, groups, units, persons, posts, holidays."""
