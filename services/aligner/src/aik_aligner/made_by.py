"""Which engine a document's times are from, and which the lines that an edit kept may be from."""

from collections.abc import Sequence

from aik_lyrics import AlignedBy, Alignment
from aik_service.step import EngineIdentity


def aligned_by(identity: EngineIdentity) -> AlignedBy:
    """As a document names it."""
    return AlignedBy(
        engine=identity.name,
        engine_version=identity.version,
        weights_sha256=identity.weights_sha256,
        parameters=identity.parameters,
    )


def other_engines(by: AlignedBy, earlier: Alignment | None) -> Sequence[AlignedBy]:
    """Those of the earlier document that are not this one, the latest first, and each once, since it had them so."""
    if earlier is None:
        return []
    latest = AlignedBy(**{name: getattr(earlier, name) for name in AlignedBy.model_fields})
    return [each for each in (latest, *(earlier.earlier_engines or ())) if each != by]
