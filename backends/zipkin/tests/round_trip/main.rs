//! Any span, through each encoder and back through another library, is the span that it was.

mod input;
#[path = "../proto/messages.rs"]
mod messages;
mod model;
mod read;

use proptest::prelude::*;
use tracer_zipkin::{JsonEncoder, Proto3Encoder};

proptest! {
    #[test]
    fn json_is_read_as_the_span_that_was_written(input in input::inputs()) {
        let mut json = Vec::new();
        JsonEncoder::new().encode(&input.span().view(), &mut json);
        prop_assert_eq!(read::json(&json), input.model());
    }

    #[test]
    fn proto3_is_read_as_the_span_that_was_written(input in input::inputs()) {
        let mut list = Vec::new();
        Proto3Encoder::new().encode(&input.span().view(), &mut list);
        prop_assert_eq!(read::proto3(&list), input.model());
    }
}
