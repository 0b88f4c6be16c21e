//! The service on actix-web, on a thread of its own.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::error::ErrorBadGateway;
use actix_web::{App, HttpResponse, HttpServer, web};
use awc::Client;
use tracer_actix::{ClientTracing, Tracing};
use tracer_core::Tracer;

use super::{Peer, call};
use crate::kit::Failed;

pub(super) fn serve(
    listener: TcpListener,
    tracer: Arc<dyn Tracer>,
    next: Option<Peer>,
) -> Result<(), Failed> {
    let run = move || {
        let tracing = Tracing::new(Arc::clone(&tracer));
        let state = web::Data::new((tracer, next));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(state.clone())
                .route("/hop", web::get().to(hop))
                .wrap(tracing.clone())
        });
        let server = server.workers(1).disable_signals().listen(listener);
        match server {
            Ok(server) => actix_rt::System::new().block_on(server.run()),
            Err(error) => Err(error),
        }
    };
    std::thread::Builder::new()
        .name("actix".to_owned())
        .spawn(run)?;
    Ok(())
}

type State = web::Data<(Arc<dyn Tracer>, Option<Peer>)>;

async fn hop(state: State) -> Result<HttpResponse, actix_web::Error> {
    let (tracer, next) = &**state;
    match *next {
        Some(Peer::Http(address)) => {
            let tracing = ClientTracing::new(Arc::clone(tracer));
            let client = Client::builder().wrap(tracing).finish();
            let sent = client.get(format!("http://{address}/hop")).send().await;
            let mut response = sent.map_err(|error| ErrorBadGateway(error.to_string()))?;
            response.body().await?;
            if !response.status().is_success() {
                return Err(ErrorBadGateway(response.status()));
            }
        }
        Some(grpc) => {
            let asked = call(Arc::clone(tracer), grpc).await;
            asked.map_err(|error| ErrorBadGateway(error.to_string()))?;
        }
        None => {}
    }
    Ok(HttpResponse::Ok().finish())
}
