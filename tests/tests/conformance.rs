//! Every adapter of this workspace against the kit.

use tracer_tests::kit::frameworks::{Actix, Awc, Axum, Hyper, Reqwest};
use tracer_tests::{client_conformance, conformance};

conformance!(axum, Axum);
conformance!(actix, Actix);
client_conformance!(hyper, Hyper);
client_conformance!(reqwest, Reqwest);
client_conformance!(awc, Awc);
