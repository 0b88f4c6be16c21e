//! A server whose application accepts TLS itself, as for certificates that change while it runs.

use std::sync::Arc;

use futures_util::stream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tonic::transport::Server;
use tracer_core::testing::MockTracer;

use crate::service::{CallsServer, Kitchen, Order};
use crate::support::{behind_tls, listen, only, server_layer};

fn acceptor() -> TlsAcceptor {
    let chain = include_bytes!("../certificates/server.pem");
    let chain = CertificateDer::pem_slice_iter(chain).map(Result::unwrap);
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("../certificates/server.key")).unwrap();
    let config = ServerConfig::builder().with_no_client_auth();
    let mut config = config.with_single_cert(chain.collect(), key).unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    TlsAcceptor::from(Arc::new(config))
}

#[tokio::test]
async fn the_address_of_the_socket_is_known() {
    let tracer = MockTracer::new();
    let (listener, address) = listen().await;
    let acceptor = acceptor();
    let streams = stream::unfold((listener, acceptor), |(listener, acceptor)| async {
        let (socket, _) = listener.accept().await.unwrap();
        let stream = acceptor.accept(socket).await;
        Some((stream, (listener, acceptor)))
    });
    let server = Server::builder()
        .layer(server_layer(&tracer))
        .add_service(CallsServer::new(Kitchen))
        .serve_with_incoming(streams);
    tokio::spawn(server);
    behind_tls(address).unary(Order::default()).await.unwrap();
    let span = only(&tracer).await;
    assert_eq!(span.remote.ip, Some(address.ip()));
    assert!(span.remote.port.is_some());
}
