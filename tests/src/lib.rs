//! Conformance kit and end-to-end tests.
