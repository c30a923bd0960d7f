"""What a unit writes and sends."""
