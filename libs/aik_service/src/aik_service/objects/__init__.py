"""The object store: its port, the in-memory one and S3."""

from aik_service.objects.port import ObjectMissing, Objects, ObjectsUnavailable

__all__ = ["ObjectMissing", "Objects", "ObjectsUnavailable"]
