//! A bare hyper service, traced by `tracer-tower`: it has no router, so nobody knows a route.

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use axum::response::Response;
use axum::{BoxError, Error};
use bytes::Bytes;
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::{Body, Incoming};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::sync::Notify;
use tower::util::BoxCloneService;
use tower::{Layer, ServiceExt};
use tracer_core::http::HttpServer;
use tracer_tower::ServerLayer;

use super::axum::{answer, ask};
use crate::kit::{Failed, Framework, Handler, Plan, Reply, Running};

/// hyper without a router.
#[derive(Clone, Copy, Debug)]
pub struct HyperServer;

impl Framework for HyperServer {
    const COMPONENT: &'static str = "hyper";
    const ROUTES: bool = false;
    const UNMATCHED: bool = false;
    const DROPS_HANDLERS: bool = true;

    fn serve(self, plan: Plan, listener: TcpListener) -> Result<Running, Failed> {
        let http = HttpServer::new(plan.tracer, Self::COMPONENT);
        let layer = ServerLayer::from_handler((plan.configure)(http))
            .peer(|extensions| extensions.get::<SocketAddr>().copied());
        let nested = plan.nested.into_iter();
        let nested = nested.map(|(pattern, handler)| (format!("/nested{pattern}"), handler));
        let routes = plan
            .routes
            .into_iter()
            .map(|(pattern, handler)| (pattern.to_owned(), handler));
        let routes: Arc<Vec<_>> = Arc::new(routes.chain(nested).collect());
        let traced = layer.layer(Routes(routes));
        accept(listener, move |peer| {
            boxed(tower::util::MapRequest::new(
                traced.clone(),
                move |mut request: Request| {
                    request.extensions_mut().insert(peer);
                    request
                },
            ))
        })
    }
}

/// A service of one connection.
type Boxed = BoxCloneService<Request, http::Response<UnsyncBoxBody<Bytes, Error>>, Error>;

/// A service of whatever type.
pub(in crate::kit) fn boxed<S, B>(service: S) -> Boxed
where
    S: tower::Service<Request, Response = http::Response<B>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    BoxCloneService::new(
        service
            .map_response(|response| response.map(|body| body.map_err(Error::new).boxed_unsync()))
            .map_err(Error::new),
    )
}

/// Serves connections, each by a service that is told its client, until it is told to stop.
pub(in crate::kit) fn accept(
    listener: TcpListener,
    service: impl Fn(SocketAddr) -> Boxed + Send + 'static,
) -> Result<Running, Failed> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let address = listener.local_addr()?;
    let stop = Arc::new(Notify::new());
    let stopped = Arc::clone(&stop);
    tokio::spawn(async move {
        let connections = GracefulShutdown::new();
        loop {
            let (stream, peer) = tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok(accepted) => accepted,
                    Err(_) => return,
                },
                () = stopped.notified() => break,
            };
            // Only speed is lost without it.
            let _ = stream.set_nodelay(true);
            let server = auto::Builder::new(TokioExecutor::new());
            let service = TowerToHyperService::new(service(peer));
            let connection = server.serve_connection(TokioIo::new(stream), service);
            let connection = connections.watch(connection.into_owned());
            tokio::spawn(async move {
                // A client that goes away is what some cases are about.
                let _ = connection.await;
            });
        }
        connections.shutdown().await;
    });
    Ok(Running {
        address,
        stop: Box::new(move || stop.notify_one()),
    })
}

type Request = http::Request<Incoming>;

/// The least router that can be.
#[derive(Clone)]
struct Routes(Arc<Vec<(String, Handler)>>);

impl tower::Service<Request> for Routes {
    type Response = Response;
    type Error = Infallible;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(
        &mut self,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), Infallible>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let asked = ask(&request);
        let found = self
            .0
            .iter()
            .find(|(pattern, _)| fits(pattern, &asked.path));
        let answered = found.map(|(_, handler)| Arc::clone(handler));
        Box::pin(async move {
            Ok(answer(match answered {
                Some(handler) => handler(asked).await,
                None => Reply::status(404),
            }))
        })
    }
}

fn fits(pattern: &str, path: &str) -> bool {
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return true,
            (Some(wanted), Some(part)) if wanted == part || wanted.starts_with('{') => {}
            _ => return false,
        }
    }
}
