"""แบบประเมินความพึงพอใจ by link and QR, without login."""
