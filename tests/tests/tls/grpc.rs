//! A collector that takes OTLP over gRPC, behind TLS.

use std::net::SocketAddr;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Certificate, Identity, Server, ServerTlsConfig};
use tonic::{Request, Response, Status};

use crate::authority::Shown;

pub(crate) struct Collector {
    address: SocketAddr,
    pub(crate) requests: Receiver<ExportTraceServiceRequest>,
}

struct Service(Sender<ExportTraceServiceRequest>);

#[tonic::async_trait]
impl TraceService for Service {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let sent = self.0.send(request.into_inner());
        sent.map_err(|_| Status::aborted("the test is over"))?;
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

impl Collector {
    pub(crate) fn showing(shown: &Shown) -> Self {
        let identity = Identity::from_pem(shown.certificate.pem(), shown.key.serialize_pem());
        let mut config = ServerTlsConfig::new().identity(identity);
        if let Some(callers) = &shown.callers {
            config = config.client_ca_root(Certificate::from_pem(callers));
        }
        let (sender, requests) = mpsc::channel();
        let (bound, known) = mpsc::channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                bound.send(listener.local_addr().unwrap()).unwrap();
                Server::builder()
                    .tls_config(config)
                    .unwrap()
                    .add_service(TraceServiceServer::new(Service(sender)))
                    .serve_with_incoming(TcpListenerStream::new(listener))
                    .await
                    .unwrap();
            });
        });
        let address = known.recv().unwrap();
        Self { address, requests }
    }

    pub(crate) fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// The same without a scheme.
    pub(crate) fn authority(&self) -> String {
        self.address.to_string()
    }
}
