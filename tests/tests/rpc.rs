//! Every adapter of this workspace that knows gRPC against the kit.

use tracer_tests::kit::rpc::frameworks::{
    Axum, Doubled, Hyper, HyperServer, Tonic, TonicClient, Twice,
};
use tracer_tests::{rpc_client_conformance, rpc_conformance};

rpc_conformance!(tonic, Tonic);
rpc_conformance!(axum, Axum);
rpc_conformance!(doubled, Doubled);
rpc_conformance!(twice, Twice);
rpc_conformance!(hyper_server, HyperServer);
rpc_client_conformance!(tonic_client, TonicClient);
rpc_client_conformance!(hyper, Hyper);
