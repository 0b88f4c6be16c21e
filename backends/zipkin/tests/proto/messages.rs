//! `zipkin.proto` as another library reads it.
//!
//! Every field is optional and the map of tags a list of entries, so that what was decoded encodes
//! to the very bytes it came from, if those were in order and as short as they can be.

use prost::Message;

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ListOfSpans {
    #[prost(message, repeated, tag = "1")]
    pub(crate) spans: Vec<Span>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Span {
    #[prost(bytes = "vec", optional, tag = "1")]
    pub(crate) trace_id: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub(crate) parent_id: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "3")]
    pub(crate) id: Option<Vec<u8>>,
    #[prost(enumeration = "Kind", optional, tag = "4")]
    pub(crate) kind: Option<i32>,
    #[prost(string, optional, tag = "5")]
    pub(crate) name: Option<String>,
    #[prost(fixed64, optional, tag = "6")]
    pub(crate) timestamp: Option<u64>,
    #[prost(uint64, optional, tag = "7")]
    pub(crate) duration: Option<u64>,
    #[prost(message, optional, tag = "8")]
    pub(crate) local_endpoint: Option<Endpoint>,
    #[prost(message, optional, tag = "9")]
    pub(crate) remote_endpoint: Option<Endpoint>,
    #[prost(message, repeated, tag = "10")]
    pub(crate) annotations: Vec<Annotation>,
    #[prost(message, repeated, tag = "11")]
    pub(crate) tags: Vec<Entry>,
    #[prost(bool, optional, tag = "12")]
    pub(crate) debug: Option<bool>,
    #[prost(bool, optional, tag = "13")]
    pub(crate) shared: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, prost::Enumeration)]
#[repr(i32)]
pub(crate) enum Kind {
    Unspecified = 0,
    Client = 1,
    Server = 2,
    Producer = 3,
    Consumer = 4,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Endpoint {
    #[prost(string, optional, tag = "1")]
    pub(crate) service_name: Option<String>,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub(crate) ipv4: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "3")]
    pub(crate) ipv6: Option<Vec<u8>>,
    #[prost(int32, optional, tag = "4")]
    pub(crate) port: Option<i32>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Annotation {
    #[prost(fixed64, optional, tag = "1")]
    pub(crate) timestamp: Option<u64>,
    #[prost(string, optional, tag = "2")]
    pub(crate) value: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Entry {
    #[prost(string, optional, tag = "1")]
    pub(crate) key: Option<String>,
    #[prost(string, optional, tag = "2")]
    pub(crate) value: Option<String>,
}

/// Decodes a list and checks that its bytes are the ones that another encoder writes.
pub(crate) fn decode(list: &[u8]) -> Vec<Span> {
    let decoded = ListOfSpans::decode(list).unwrap();
    assert_eq!(decoded.encode_to_vec(), list);
    decoded.spans
}
