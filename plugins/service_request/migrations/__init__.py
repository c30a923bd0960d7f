"""Tables of service_request."""
