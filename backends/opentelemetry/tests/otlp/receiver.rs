//! A collector that keeps what it is sent over gRPC.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::codec::CompressionEncoding;
use tonic::metadata::MetadataMap;
use tonic::transport::Server;
use tonic::{Code, Request, Response, Status};

use crate::server::LONG;

pub(crate) type Received = Arc<Mutex<Vec<(MetadataMap, ExportTraceServiceRequest)>>>;

const ANYWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A server on a thread with a runtime of its own; it ends when dropped.
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    pub(crate) received: Received,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

struct Service {
    received: Received,
    answer: Answer,
}

type Answer = Result<ExportTraceServiceResponse, Status>;

#[tonic::async_trait]
impl TraceService for Service {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        self.received.lock().unwrap().push((metadata, request));
        self.answer.clone().map(Response::new)
    }
}

impl Receiver {
    /// Takes everything.
    pub(crate) fn start() -> Self {
        Self::anywhere(Ok(ExportTraceServiceResponse::default()))
    }

    /// Answers with this status.
    pub(crate) fn failing(code: Code) -> Self {
        Self::failing_with(code, &[])
    }

    /// Answers with this status and this text.
    pub(crate) fn saying(code: Code, text: &str) -> Self {
        Self::anywhere(Err(Status::new(code, text)))
    }

    /// Answers with this status and these details.
    pub(crate) fn failing_with(code: Code, details: &[u8]) -> Self {
        let details = Bytes::copy_from_slice(details);
        Self::anywhere(Err(Status::with_details(code, "not now", details)))
    }

    /// Takes a part.
    pub(crate) fn partly(partial: ExportTracePartialSuccess) -> Self {
        Self::anywhere(Ok(ExportTraceServiceResponse {
            partial_success: Some(partial),
        }))
    }

    /// Takes messages of so many bytes at most.
    pub(crate) fn narrow(bytes: usize) -> Self {
        let taken = Ok(ExportTraceServiceResponse::default());
        Self::answering(ANYWHERE, taken, bytes)
    }

    /// Takes everything, on this address.
    pub(crate) fn bound(address: SocketAddr) -> Self {
        let taken = Ok(ExportTraceServiceResponse::default());
        Self::answering(address, taken, usize::MAX)
    }

    fn anywhere(answer: Answer) -> Self {
        Self::answering(ANYWHERE, answer, usize::MAX)
    }

    fn answering(address: SocketAddr, answer: Answer, bytes: usize) -> Self {
        let received = Received::default();
        let service = TraceServiceServer::new(Service {
            received: Arc::clone(&received),
            answer,
        })
        .accept_compressed(CompressionEncoding::Gzip)
        .max_decoding_message_size(bytes);
        let (bound, known) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let listener = listen(address).await;
                bound.send(listener.local_addr().unwrap()).unwrap();
                let server = Server::builder()
                    .add_service(service)
                    .serve_with_incoming(TcpListenerStream::new(listener));
                tokio::select! {
                    served = server => served.unwrap(),
                    _ = stopped => {}
                }
            });
        });
        Self {
            address: known.recv().unwrap(),
            received,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The one request that came.
    pub(crate) fn only(&self) -> (MetadataMap, ExportTraceServiceRequest) {
        let mut received = self.received.lock().unwrap();
        assert_eq!(received.len(), 1);
        received.remove(0)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        drop(self.stop.take());
        self.thread.take().map(JoinHandle::join);
    }
}

/// A port that was free a moment ago may be that of another test's connection for another moment.
async fn listen(address: SocketAddr) -> TcpListener {
    let until = Instant::now() + LONG;
    loop {
        match TcpListener::bind(address).await {
            Err(error) if error.kind() == ErrorKind::AddrInUse && Instant::now() < until => {
                tokio::task::yield_now().await;
            }
            bound => return bound.unwrap(),
        }
    }
}
