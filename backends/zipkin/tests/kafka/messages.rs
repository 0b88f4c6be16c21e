//! What a list looks like on the wire.

use std::time::{SystemTime, UNIX_EPOCH};

use tracer_recording::Delivery;
use tracer_zipkin::Sender;

use crate::broker::{Broker, LONG, Request, deliver};
use crate::bytes::Reader;

/// The partition and the value of the only message, with everything else as it must be.
fn message(request: &Request) -> (i32, Vec<u8>) {
    let mut reader = Reader(&request.body);
    assert_eq!(reader.text(), None, "no transaction");
    assert_eq!(reader.i16(), -1, "all replicas");
    let wait = reader.i32();
    assert!((1..=20_000).contains(&wait), "{wait}");
    assert_eq!(reader.i32(), 1);
    assert_eq!(reader.text().as_deref(), Some("spans"));
    assert_eq!(reader.i32(), 1);
    let partition = reader.i32();
    assert_eq!(usize::try_from(reader.i32()).unwrap(), reader.0.len());

    assert_eq!(reader.i64(), 0, "first offset");
    assert_eq!(usize::try_from(reader.i32()).unwrap(), reader.0.len());
    assert_eq!((reader.i32(), reader.i8()), (-1, 2), "epoch and format");
    let checksum = reader.i32() as u32;
    assert_eq!(checksum, crc32c(reader.0));
    assert_eq!(reader.i16(), 0, "not compressed");
    assert_eq!(reader.i32(), 0, "one message");
    let first = reader.i64();
    assert_eq!(reader.i64(), first);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    assert!((0..60_000).contains(&(now.as_millis() as i64 - first)));
    assert_eq!((reader.i64(), reader.i16(), reader.i32()), (-1, -1, -1));
    assert_eq!(reader.i32(), 1);

    assert_eq!(usize::try_from(reader.varint()).unwrap(), reader.0.len());
    assert_eq!(reader.i8(), 0);
    assert_eq!((reader.varint(), reader.varint()), (0, 0));
    assert_eq!(reader.varint(), -1, "no key");
    let len = reader.varint().try_into().unwrap();
    let value = reader.bytes(len).to_vec();
    assert_eq!(reader.varint(), 0, "no headers");
    assert!(reader.0.is_empty());
    (partition, value)
}

/// RFC 3720, appendix B.4.
fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |mut crc, byte| {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0x82f6_3b78 * (crc & 1));
        }
        crc
    })
}

#[test]
fn a_list_is_one_message_without_a_key() {
    let broker = Broker::new();
    let mut sender = broker.sender();
    let served = broker.serve(|broker| {
        let mut connection = broker.accept();
        connection.metadata(0);
        connection.produce(0)
    });
    let list = b"[{\"traceId\":\"a\"}]".repeat(1_000);
    let delivery = sender.send(&list, "application/json", LONG);
    let bytes = list.len();
    assert_eq!(delivery, Delivery::Sent { bytes });
    assert_eq!(message(&served.join().unwrap()).1, list);
}

#[test]
fn partitions_with_a_leader_take_turns_over_one_connection() {
    let broker = Broker::new();
    let mut sender = broker.sender();
    let served = broker.serve(|broker| {
        let mut connection = broker.accept();
        [(); 4].map(|()| {
            connection.metadata(0);
            message(&connection.produce(0)).0
        })
    });
    for _ in 0..4 {
        let delivery = deliver(&mut sender, LONG);
        assert_eq!(delivery, Delivery::Sent { bytes: 4 });
    }
    let partitions = served.join().unwrap();
    assert!(
        [[0, 2, 0, 2], [2, 0, 2, 0]].contains(&partitions),
        "{partitions:?}"
    );
}

#[test]
fn the_leader_may_be_another_broker() {
    let (first, leader) = (Broker::new(), Broker::new());
    let mut sender = first.sender();
    let port = leader.port;
    let asked = first.serve(move |broker| broker.accept().metadata_of(&[Some(port)], 0));
    let led = leader.serve(|broker| message(&broker.accept().produce(0)).1);
    assert_eq!(deliver(&mut sender, LONG), Delivery::Sent { bytes: 4 });
    asked.join().unwrap();
    assert_eq!(led.join().unwrap(), b"[{}]");
}

#[test]
fn descriptions_say_where_lists_go() {
    let sender = tracer_zipkin::KafkaSender::new("kafka://a,b:1").unwrap();
    assert_eq!(sender.describe(), "kafka://a:9092,b:1/zipkin");
    assert!(format!("{sender:?}").contains("kafka://a:9092,b:1/zipkin"));
}
