//! Tracing middleware for actix-web and a traced awc client.
