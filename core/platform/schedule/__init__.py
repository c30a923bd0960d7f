"""What Khet does by itself in every district, again and again, and when it last did."""
