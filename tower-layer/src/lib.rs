//! Server and client tracing layers for any tower service over http requests: axum, hyper, hyper-util and reqwest.
