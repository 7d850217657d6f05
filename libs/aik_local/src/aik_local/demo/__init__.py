"""A client of the REST API that makes one karaoke track and shows how."""
