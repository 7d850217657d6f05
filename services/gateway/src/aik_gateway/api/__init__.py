"""The HTTP contract: one module a resource."""
