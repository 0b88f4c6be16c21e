//! Headers that the tracer was told to carry, on the carriers of the frameworks.

use actix_web::http::header as actix;
use tonic::metadata::MetadataMap;
use tracer_core::{OpenSpan, SpanRef};
use tracer_recording::Propagation;

/// A header's value may have bytes beyond ASCII (RFC 9110, section 5.5). If they are UTF-8 it is carried as it came,
/// and where a gateway copies headers it stays.
#[test]
fn a_value_beyond_ascii_is_carried_as_it_came() {
    let fields = Propagation::builder().fields(["x-tenant"]).build();
    let value = "café".as_bytes();

    let mut headers = http::HeaderMap::new();
    headers.insert("x-tenant", http::HeaderValue::from_bytes(value).unwrap());
    let extracted = fields.extract(&tracer_tower::carrier::Headers(&headers));
    let pass = OpenSpan::pass_through(&extracted);
    let span: &SpanRef = &pass;
    for mut map in [headers, http::HeaderMap::new()] {
        fields.inject(span, &mut tracer_tower::carrier::HeadersMut(&mut map));
        let all: Vec<_> = map.get_all("x-tenant").iter().collect();
        assert_eq!(all, [value]);
    }

    let mut map = actix::HeaderMap::new();
    fields.inject(span, &mut tracer_actix::carrier::HeadersMut(&mut map));
    assert_eq!(map.get("x-tenant").unwrap(), value);

    let mut metadata = MetadataMap::new();
    fields.inject(span, &mut tracer_tonic::carrier::MetadataMut(&mut metadata));
    assert!(metadata.is_empty(), "gRPC has no such metadata");
}
