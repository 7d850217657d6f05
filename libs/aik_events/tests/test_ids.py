"""Ids: sorted by time where they are minted, the same for the same cause where they are derived."""

from uuid import UUID

from aik_events.ids import asset_of, derived, endpoint_id, new_event_id, new_id, step_event_id, upload_of


def test_minted_ids_are_uuids_of_version_seven_and_sort_by_their_time() -> None:
    ids = [new_event_id() for _ in range(100)]
    assert {UUID(i).version for i in ids} == {7}
    assert sorted(ids) == ids


def test_typed_ids_name_their_type() -> None:
    prefix, number = new_id("trk").split("_")
    assert (prefix, UUID(number).version) == ("trk", 7)


def test_derived_ids_never_change() -> None:
    assert derived("job_1", 0, "align") == "1d543fdc-184e-5075-bfaf-e6f51cc8e191"
    assert step_event_id("job_1", 0, "align", "track.aligned") == "32b3ee38-0c29-5ba2-bb7c-b8ee59251894"
    assert endpoint_id("client-1", "https://example.org/hook") == "e5893205-9e53-539f-8e60-75036aac317d"


def test_parts_of_a_cause_do_not_run_together() -> None:
    assert derived("a", "bc") != derived("ab", "c")


def test_an_attempt_belongs_to_the_id_only_where_it_is_given() -> None:
    started = [step_event_id("job_1", 0, "align", "job.step_started", attempt) for attempt in (1, 2)]
    result = step_event_id("job_1", 0, "align", "track.aligned")
    assert len({*started, result}) == 3


def test_an_upload_and_its_asset_share_their_number() -> None:
    assert upload_of("ast_12") == "upl_12"
    assert asset_of("upl_12") == "ast_12"
