"""Tables of cooperation."""
