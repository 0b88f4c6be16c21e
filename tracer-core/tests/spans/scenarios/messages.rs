//! Actors (tell, ask), and client and server through a text map.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, channel};

use tracer_core::testing::MockTracer;
use tracer_core::{Kind, SpanContext, SpanRef, Tracer, TracerExt};

use crate::support::{DEADLINE, Worker, assert_tree, named};

struct Actor {
    tracer: MockTracer,
    thread: Worker,
}

impl Actor {
    fn sender() -> SpanContext {
        SpanRef::current().to_context().unwrap()
    }

    /// The sender does not wait: what comes of it follows from the sender's span.
    fn tell(&self, message: &'static str) {
        let (tracer, sender) = (self.tracer.clone(), Self::sender());
        self.thread.submit(move || {
            let received = tracer
                .span("received")
                .kind(Kind::Consumer)
                .follows_from(sender);
            received.tag("message", message).in_scope(|_| ());
        });
    }

    /// The sender waits for the answer: what comes of it is its child.
    fn ask(&self, message: &'static str) -> Receiver<String> {
        let (tracer, sender) = (self.tracer.clone(), Self::sender());
        self.thread.submit(move || {
            let received = tracer.span("received").kind(Kind::Consumer);
            let received = received.child_of(sender).tag("message", message);
            received.in_scope(|_| format!("{message}?"))
        })
    }
}

#[test]
fn an_actor_is_told() {
    let tracer = MockTracer::new();
    let actor = Actor {
        tracer: tracer.clone(),
        thread: Worker::new(),
    };
    tracer.span("send").kind(Kind::Producer).in_scope(|_| {
        actor.tell("one");
        actor.tell("two");
    });
    actor.thread.join();
    assert_tree(
        &tracer,
        &[
            "PRODUCER send",
            "  ~ CONSUMER received [message=one]",
            "  ~ CONSUMER received [message=two]",
        ],
    );
}

#[test]
fn an_actor_is_asked() {
    let tracer = MockTracer::new();
    let actor = Actor {
        tracer: tracer.clone(),
        thread: Worker::new(),
    };
    let answers = tracer.span("send").kind(Kind::Producer).in_scope(|_| {
        let answers = [actor.ask("one"), actor.ask("two")];
        answers.map(|answer| answer.recv_timeout(DEADLINE).unwrap())
    });
    assert_eq!(answers, ["one?", "two?"]);
    actor.thread.join();
    assert_tree(
        &tracer,
        &[
            "PRODUCER send",
            "  CONSUMER received [message=one]",
            "  CONSUMER received [message=two]",
        ],
    );
}

#[test]
fn client_and_server_through_a_text_map() {
    type Message = HashMap<String, String>;

    let tracer = MockTracer::new();
    let (client, server) = (Worker::new(), Worker::new());
    let (wire, requests) = channel::<Message>();
    let (answer, answers) = channel();

    let of_server = tracer.clone();
    server.submit(move || {
        for request in requests {
            let caller = of_server.extract(&request);
            let span = of_server.span("serve").kind(Kind::Server);
            span.continues(&caller).in_scope(|_| {
                let tenant = SpanRef::current().baggage("tenant").map(str::to_owned);
                answer.send(tenant).unwrap();
            });
        }
    });
    let of_client = tracer.clone();
    client.run(move || {
        let span = of_client.span("call").kind(Kind::Client).start();
        let mut message = Message::new();
        let carried = span.with_baggage("tenant", "blue & green").unwrap();
        of_client.inject(&carried, &mut message);
        wire.send(message).unwrap();
        let seen = answers.recv_timeout(DEADLINE).unwrap();
        assert_eq!(seen.as_deref(), Some("blue & green"));
        span.finish();
    });
    client.join();
    server.join();
    assert_tree(&tracer, &["CLIENT call", "  SERVER serve"]);
    let (call, serve) = (named(&tracer, "call"), named(&tracer, "serve"));
    assert!(serve.is_child_of(&call));
    assert_ne!(serve.span_id(), call.span_id());
}
