//! `stock`: actix-web over an embedded SQLite database.

use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::{App, HttpResponse, HttpServer, ResponseError, web};
use serde_json::json;
use tracer_actix::Tracing;
use tracer_core::{SpanRef, Tracer};

use crate::inventory::{Inventory, QueryError};

/// The server on a bound listener. It runs on actix's own threads as soon as it is polled, until told
/// to stop, and then as long as something is in flight.
///
/// # Errors
///
/// When the listener cannot be used or the database cannot be opened.
pub fn server(
    tracer: Arc<dyn Tracer>,
    listener: std::net::TcpListener,
    until: impl Future<Output = ()> + Send + 'static,
) -> Result<Server, Box<dyn std::error::Error + Send + Sync>> {
    let inventory = web::Data::new(Inventory::open(Arc::clone(&tracer))?);
    let tracing = Tracing::new(tracer);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(inventory.clone())
            .route("/stock/{item}", web::get().to(left))
            .wrap(tracing.clone())
    });
    let server = server.workers(1).shutdown_signal(until);
    Ok(server.listen(listener)?.run())
}

async fn left(
    item: web::Path<String>,
    inventory: web::Data<Inventory>,
) -> Result<HttpResponse, QueryError> {
    if item.as_str() == "slow" {
        // A shelf far away: long enough for an impatient caller to give up.
        actix_web::rt::time::sleep(Duration::from_millis(300)).await;
    }
    let span = SpanRef::current();
    let query = tracer_core::current::bind(&span, move || inventory.left(&item));
    let left = web::block(query).await.map_err(QueryError::cancelled)??;
    Ok(match left {
        Some(left) => HttpResponse::Ok().json(json!({ "left": left })),
        None => HttpResponse::NotFound().finish(),
    })
}

impl ResponseError for QueryError {}
