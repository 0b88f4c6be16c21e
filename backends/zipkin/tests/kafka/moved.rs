//! Clusters whose brokers change.

use tracer_recording::Delivery;

use crate::broker::{Broker, Connection, LONG, METADATA, deliver, is_retry};
use crate::bytes::Writer;

/// Reads a request for metadata and answers that one partition is led by the first of these brokers.
fn led_by_the_first(connection: &mut Connection, brokers: &[(&str, u16)]) {
    let request = connection.read();
    assert_eq!(request.key, METADATA);
    let count = brokers.len().try_into().unwrap();
    let mut answer = Writer::default().i32(0).i32(count);
    for (node, (host, port)) in (0..).zip(brokers) {
        answer = answer.i32(node).text(host).i32((*port).into()).i16(-1);
    }
    answer = answer.i16(-1).i32(0).i32(1).i16(0).text("spans");
    answer.0.push(0);
    // The partition, its leader, and no replicas.
    answer = answer.i32(1).i16(0).i32(0).i32(0).i32(0).i32(0);
    connection.answer(&request, answer);
}

#[test]
fn a_broker_that_was_named_is_asked_when_that_of_the_url_is_gone() {
    let (first, second) = (Broker::new(), Broker::new());
    let mut sender = first.sender();
    let (gone, left) = (("127.0.0.1", first.port), ("127.0.0.1", second.port));
    let first = first.serve(move |first| {
        let mut connection = first.accept();
        led_by_the_first(&mut connection, &[gone, left]);
        connection.produce(0);
    });
    let delivery = deliver(&mut sender, LONG);
    assert_eq!(delivery, Delivery::Sent { bytes: 4 });
    first.join().unwrap();
    let second = second.serve(move |second| {
        let mut connection = second.accept();
        led_by_the_first(&mut connection, &[left, gone]);
        connection.produce(0);
    });
    let delivery = deliver(&mut sender, LONG);
    assert_eq!(delivery, Delivery::Sent { bytes: 4 });
    second.join().unwrap();
}

#[test]
fn what_is_no_host_is_no_broker_and_not_in_the_log() {
    for host in ["a\nb", "a\0", "", &"a".repeat(256)] {
        let broker = Broker::new();
        let mut sender = broker.sender();
        let named = host.to_owned();
        let served = broker.serve(move |broker| {
            led_by_the_first(&mut broker.accept(), &[(&named, 9092)]);
        });
        let delivery = deliver(&mut sender, LONG);
        assert!(is_retry(&delivery), "{delivery:?}");
        assert!(format!("{delivery:?}").ends_with("has a leader\" }"));
        served.join().unwrap();
    }
}
