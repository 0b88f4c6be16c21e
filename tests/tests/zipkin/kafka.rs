//! Through a Kafka broker, from which the server reads.

use tracer_recording::Delivery;
use tracer_zipkin::{Encoding, KafkaSender, Sender, ZipkinExporter};

use crate::script::Script;
use crate::server::{LONG, variable};

fn exporter(encoding: Encoding) -> ZipkinExporter {
    ZipkinExporter::kafka(&variable("KAFKA_URL"))
        .unwrap()
        .encoding(encoding)
}

crate::transport::shared_tests!(exporter);

/// Delivers a list to a topic of its own.
fn deliver(sender: &mut KafkaSender, list: &[u8]) -> Delivery {
    sender.send(list, "application/json", LONG)
}

#[test]
fn a_list_above_the_limit_of_the_broker_is_too_large() {
    let endpoint = format!("{}/too-large", variable("KAFKA_URL"));
    let mut sender = KafkaSender::new(&endpoint).unwrap();
    let list = vec![b' '; 2 << 20];
    // Until the topic has a leader.
    let delivery = crate::server::wait_for("an answer", || {
        let delivery = deliver(&mut sender, &list);
        (!matches!(delivery, Delivery::Retry { .. })).then_some(delivery)
    });
    assert!(
        matches!(delivery, Delivery::TooLarge { .. }),
        "{delivery:?}"
    );
}

#[test]
fn a_broker_that_is_down_or_was_restarted_costs_no_list() {
    let broker = Script::new("kafka");
    let url = broker.run(&["start"]);
    let (_, port) = url.rsplit_once(':').unwrap();
    let mut sender = KafkaSender::new(&url).unwrap();
    let mut sent = || {
        crate::server::wait_for("the delivery", || match deliver(&mut sender, b"[]") {
            Delivery::Sent { bytes: 2 } => Some(()),
            // The topic has no leader yet.
            Delivery::Retry { .. } => None,
            other => panic!("{other:?}"),
        });
    };
    sent();
    broker.run(&["restart"]);
    sent();
    broker.run(&["stop"]);
    let mut other = KafkaSender::new(&url).unwrap();
    let delivery = deliver(&mut other, b"[]");
    assert!(matches!(delivery, Delivery::Retry { .. }), "{delivery:?}");
    broker.run(&["start", port]);
    sent();
}
