"""Layer 8, what stands between HTTP and the services: unit of work, headers, errors, navigation, templates."""
