"""What tests of every service share: an author of events, and the contract that every log is held to."""
