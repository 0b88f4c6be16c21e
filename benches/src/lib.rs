//! What tracing costs beside a bare service and beside the peers.
