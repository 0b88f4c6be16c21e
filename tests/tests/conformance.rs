//! Every adapter of this workspace against the kit.

use tracer_tests::kit::Http2;
use tracer_tests::kit::frameworks::{
    Actix, AroundAxum, Awc, Axum, Hyper, HyperHttp2, HyperServer, Reqwest, ReqwestHttp2, Tonic,
};
use tracer_tests::{client_conformance, conformance};

conformance!(axum, Axum);
conformance!(axum_http2, Http2(Axum));
conformance!(around_axum, AroundAxum);
conformance!(around_axum_http2, Http2(AroundAxum));
conformance!(tonic, Tonic);
conformance!(tonic_http2, Http2(Tonic));
conformance!(hyper_server, HyperServer);
conformance!(hyper_server_http2, Http2(HyperServer));
conformance!(actix, Actix);
conformance!(actix_http2, Http2(Actix));
client_conformance!(hyper, Hyper);
client_conformance!(hyper_http2, HyperHttp2);
client_conformance!(reqwest, Reqwest);
client_conformance!(reqwest_http2, ReqwestHttp2);
client_conformance!(awc, Awc);
