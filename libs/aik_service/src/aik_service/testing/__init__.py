"""What tests of services share: contract suites, a tiny step service, a stand-in for the engine's process."""
