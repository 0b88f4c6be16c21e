//! Through a RabbitMQ broker, from which the server reads.

use tracer_recording::Delivery;
use tracer_zipkin::{Encoding, RabbitMqSender, Sender, ZipkinExporter};

use crate::script::Script;
use crate::server::{LONG, variable, wait_for};

fn exporter(encoding: Encoding) -> ZipkinExporter {
    ZipkinExporter::rabbitmq(&variable("RABBITMQ_URL"))
        .unwrap()
        .encoding(encoding)
}

crate::transport::shared_tests!(exporter);

fn deliver(sender: &mut RabbitMqSender) -> Delivery {
    sender.send(b"[]", "application/json", LONG)
}

/// What a list is refused with, which says no secret.
fn refused(endpoint: &str) -> String {
    let mut sender = RabbitMqSender::new(endpoint).unwrap();
    let Delivery::Rejected { reason } = deliver(&mut sender) else {
        panic!("not refused");
    };
    let shown = format!("{reason} {} {sender:?}", sender.describe());
    assert!(
        !shown.contains("hunter2") && !shown.contains("guest:"),
        "{shown}"
    );
    reason
}

#[test]
fn what_the_broker_does_not_know_is_refused() {
    let url = variable("RABBITMQ_URL");
    for (endpoint, reason) in [
        (
            url.replace("guest:guest", "guest:hunter2"),
            "AMQP 403: ACCESS_REFUSED",
        ),
        (
            url.replace("guest:guest", "nobody:hunter2"),
            "AMQP 403: ACCESS_REFUSED",
        ),
        (
            format!("{url}/nowhere"),
            "AMQP 530: NOT_ALLOWED - vhost nowhere not found",
        ),
        (
            format!("{url}/?queue=nowhere"),
            "AMQP 404: NOT_FOUND - no queue 'nowhere'",
        ),
    ] {
        let said = refused(&endpoint);
        assert!(said.starts_with(reason), "{said}");
    }
}

#[test]
fn a_broker_that_is_down_or_was_restarted_costs_no_list() {
    let broker = Script::new("rabbitmq");
    let url = broker.run(&["start"]);
    let (_, port) = url.rsplit_once(':').unwrap();
    let mut sender = RabbitMqSender::new(&url).unwrap();
    let Delivery::Rejected { .. } = deliver(&mut sender) else {
        panic!("there is no queue yet");
    };
    // Declares the queue, which outlives the broker.
    Script::new("zipkin")
        .variable("RABBITMQ_URL", &url)
        .variable("KAFKA_URL", "")
        .run(&["start"]);
    assert_eq!(deliver(&mut sender), Delivery::Sent { bytes: 2 });
    broker.run(&["restart"]);
    assert_eq!(deliver(&mut sender), Delivery::Sent { bytes: 2 });
    broker.run(&["stop"]);
    let delivery = deliver(&mut sender);
    assert!(matches!(delivery, Delivery::Retry { .. }), "{delivery:?}");
    // On the same port, but as a new broker without queues.
    broker.run(&["start", port]);
    wait_for("the refusal", || match deliver(&mut sender) {
        Delivery::Rejected { reason } if reason.starts_with("AMQP 404") => Some(()),
        Delivery::Retry { .. } => None,
        other => panic!("{other:?}"),
    });
}
