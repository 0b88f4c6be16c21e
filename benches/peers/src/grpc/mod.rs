//! gRPC: layers round the service of `tracer_benches::grpc`.

mod contestants;

use tracer_benches::grpc;
use tracer_benches::table::Comparison;

/// Everybody round the service; ours first, by which the others are measured.
pub fn comparison() -> Comparison {
    Comparison {
        name: "tonic",
        head: "tonic: ns per unary call over the bare service (× ours)",
        bare: grpc::bare,
        libraries: vec![
            grpc::ours,
            grpc::noop,
            contestants::fastrace_tonic,
            contestants::fastrace_same_facts,
            contestants::tonic_tracing,
            contestants::tower_otel,
        ],
    }
}
