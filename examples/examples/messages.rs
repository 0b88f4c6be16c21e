//! Contexts in message headers: a PRODUCER span when a message is sent, a CONSUMER span when it is
//! taken, in one trace however long it lay in the queue.
//!
//! `cargo run -p tracer-examples --example messages`

use tokio::sync::mpsc;
use tracer_core::current::FutureExt;
use tracer_core::{Kind, Tracer, TracerExt};
use tracer_examples::single::{self, Failed};

/// A message as brokers know it: headers and a body.
struct Message {
    headers: Vec<(String, String)>,
    body: String,
}

fn send(tracer: &dyn Tracer, queue: &mpsc::UnboundedSender<Message>, body: &str) {
    let span = tracer
        .span("send parcels")
        .kind(Kind::Producer)
        .tag("message_bus.destination", "parcels")
        .tag("peer.service", "broker")
        .start();
    let mut message = Message {
        headers: Vec::new(),
        body: body.to_owned(),
    };
    tracer.inject_message(&span, &mut message.headers);
    if queue.send(message).is_err() {
        span.set_tag("error", true);
    }
}

async fn receive(tracer: &dyn Tracer, message: Message) {
    let sender = tracer.extract(&message.headers);
    let span = tracer
        .span("receive parcels")
        .kind(Kind::Consumer)
        .continues(&sender)
        .tag("message_bus.destination", "parcels")
        .tag("peer.service", "broker")
        .start();
    let work = async { println!("got {:?} with {:?}", message.body, message.headers) };
    work.in_span(span).await;
}

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let backend = single::backend("messages")?;
    let tracer = backend.tracer();
    let (queue, mut taken) = mpsc::unbounded_channel();
    let request = tracer.span("request").start();
    request.scope(|| send(&*tracer, &queue, "tea"));
    request.finish();
    drop(queue);
    while let Some(message) = taken.recv().await {
        receive(&*tracer, message).await;
    }
    single::close(backend).await
}
