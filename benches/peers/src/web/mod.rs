//! actix-web: middleware round the application of `tracer_benches::web`.

mod contestants;

use tracer_benches::table::Comparison;
use tracer_benches::web;

/// Everybody round the application; ours first, by which the others are measured.
pub fn comparison() -> Comparison {
    Comparison {
        name: "actix",
        head: "actix-web: ns per request over the bare application (× ours)",
        bare: web::bare,
        libraries: vec![
            web::ours,
            web::noop,
            contestants::instrumentation_actix_web,
            contestants::tracing_actix_web,
        ],
    }
}
