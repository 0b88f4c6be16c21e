//! Every adapter of this workspace against the kit.

use tracer_tests::conformance;
use tracer_tests::kit::frameworks::{Actix, Axum};

conformance!(axum, Axum);
conformance!(actix, Actix);
