//! Every adapter of this workspace against the kit.

use tracer_tests::kit::frameworks::{
    Actix, AroundAxum, Awc, Axum, Hyper, HyperServer, Reqwest, Tonic,
};
use tracer_tests::{client_conformance, conformance};

conformance!(axum, Axum);
conformance!(around_axum, AroundAxum);
conformance!(tonic, Tonic);
conformance!(hyper_server, HyperServer);
conformance!(actix, Actix);
client_conformance!(hyper, Hyper);
client_conformance!(reqwest, Reqwest);
client_conformance!(awc, Awc);
