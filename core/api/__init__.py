"""The REST interface: the same walls, services and filters as the pages, for other systems.

A plugin declares ApiResources (declare.py); tokens, cursors, idempotency, errors and OpenAPI are here.
"""
