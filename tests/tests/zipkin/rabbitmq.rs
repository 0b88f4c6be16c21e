//! Through a RabbitMQ broker, from which the server reads.

use std::time::Duration;

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

/// Declares the queue, which outlives the server.
fn declare(url: &str) {
    Script::new("zipkin")
        .variable("RABBITMQ_URL", url)
        .variable("KAFKA_URL", "")
        .run(&["start"]);
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
    declare(&url);
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

#[test]
fn a_broker_that_is_short_of_memory_costs_one_list() {
    const SHORT: Duration = Duration::from_secs(2);
    let broker = Script::new("rabbitmq");
    let url = broker.run(&["start"]);
    declare(&url);
    let mut sender = RabbitMqSender::new(&url).unwrap();
    let mut deliver = || sender.send(b"[]", "application/json", SHORT);
    assert_eq!(deliver(), Delivery::Sent { bytes: 2 });
    let remember = |share| broker.run(&["ctl", "set_vm_memory_high_watermark", share]);
    remember("0.0000001");
    // It says so only to who publishes.
    wait_for("the alarm", || match deliver() {
        Delivery::Sent { .. } => None,
        Delivery::Rejected { reason } if reason.contains("low on memory") => Some(()),
        other => panic!("{other:?}"),
    });
    for _ in 0..2 {
        let Delivery::Retry { reason, .. } = deliver() else {
            panic!("one list was enough");
        };
        assert!(reason.contains("low on memory"), "{reason}");
    }
    remember("0.4");
    wait_for("the end of the alarm", || match deliver() {
        Delivery::Sent { .. } => Some(()),
        Delivery::Retry { .. } => None,
        other => panic!("{other:?}"),
    });
}
