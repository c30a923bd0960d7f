"""The REST interface: the same checks, services and filters as the pages, for other systems.

A plugin declares ApiResources (declare.py); tokens, cursors, idempotency, errors and OpenAPI are here.
"""
