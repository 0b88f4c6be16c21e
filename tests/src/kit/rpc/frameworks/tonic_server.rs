//! tonic's services, served by tonic and by axum.

use std::net::TcpListener;
use std::sync::Arc;

use tokio::sync::Notify;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tracer_core::http::HttpServer;
use tracer_tower::ServerLayer;

use super::http;
use super::tonic_service::Calls;
use crate::kit::frameworks::serve_router;
use crate::kit::rpc::{Plan, RpcFramework};
use crate::kit::{Failed, Running};

/// tonic with its own layer.
#[derive(Clone, Copy, Debug)]
pub struct Tonic;

fn layer(plan: &Plan) -> tracer_tonic::ServerLayer {
    let layer = tracer_tonic::ServerLayer::new(plan.tracer.clone());
    layer.configure(|http| plan.settings.apply(http))
}

impl RpcFramework for Tonic {
    const COMPONENT: &'static str = "tonic";
    const INSIDE_HTTP: bool = false;

    fn serve(self, plan: Plan, listener: TcpListener) -> Result<Running, Failed> {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let address = listener.local_addr()?;
        let stop = Arc::new(Notify::new());
        let stopped = Arc::clone(&stop);
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        let server = Server::builder()
            .layer(layer(&plan))
            .add_service(Calls(plan.answer))
            .serve_with_incoming_shutdown(incoming, async move { stopped.notified().await });
        tokio::spawn(server);
        Ok(Running {
            address,
            stop: Box::new(move || stop.notify_one()),
        })
    }
}

/// tonic's routes on axum, with `tracer-tower` alone.
#[derive(Clone, Copy, Debug)]
pub struct Axum;

impl RpcFramework for Axum {
    const COMPONENT: &'static str = "axum";
    const INSIDE_HTTP: bool = false;

    fn serve(self, plan: Plan, listener: TcpListener) -> Result<Running, Failed> {
        let layer = ServerLayer::from(http(&plan, Self::COMPONENT));
        let router = Routes::new(Calls(plan.answer)).into_axum_router();
        serve_router(listener, router.layer(layer))
    }
}

/// The same with tonic's layer, and a layer of plain HTTP round it: one call, one span.
#[derive(Clone, Copy, Debug)]
pub struct Doubled;

impl RpcFramework for Doubled {
    const COMPONENT: &'static str = "axum";
    const INSIDE_HTTP: bool = true;

    fn serve(self, plan: Plan, listener: TcpListener) -> Result<Running, Failed> {
        let outer = HttpServer::new(plan.tracer.clone(), Self::COMPONENT);
        let outer = outer.incoming(plan.settings.incoming);
        let outer = match plan.settings.rule.clone() {
            Some(rule) => outer.rule(move |request| rule(request)),
            None => outer,
        };
        let layer = layer(&plan);
        let router = Routes::new(Calls(plan.answer)).into_axum_router();
        let router = router.layer(layer).layer(ServerLayer::from(outer));
        serve_router(listener, router)
    }
}

/// The same with a layer round it that knows gRPC too.
#[derive(Clone, Copy, Debug)]
pub struct Twice;

impl RpcFramework for Twice {
    const COMPONENT: &'static str = "axum";
    const INSIDE_HTTP: bool = false;

    fn serve(self, plan: Plan, listener: TcpListener) -> Result<Running, Failed> {
        let outer = ServerLayer::from(http(&plan, Self::COMPONENT));
        let layer = layer(&plan);
        let router = Routes::new(Calls(plan.answer)).into_axum_router();
        serve_router(listener, router.layer(layer).layer(outer))
    }
}
