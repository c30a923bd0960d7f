"""Layer 7, the plugin contract: hooks, manifests, the registry and the switches."""
