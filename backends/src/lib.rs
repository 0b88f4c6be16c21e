//! Chooses and builds a tracing backend from the environment.
