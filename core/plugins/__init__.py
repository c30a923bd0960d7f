"""The plugin contract: hooks, manifests, the registry and the switches."""
