"""Who and what is taken when: bookings of people (later of rooms and cars) by records of every module."""
