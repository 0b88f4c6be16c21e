//! Exports that are taken in part (OTLP specification, "Partial Success"): what must hold over HTTP and
//! over gRPC. Given is what becomes of a batch of three spans, and how many of them arrived, for what
//! the receiver says: how many it rejected, and why.

use tracer_recording::Delivery;

type Partly = fn(i64, &str) -> (Delivery, u64);

pub(crate) fn what_is_left_out_is_lost_and_the_rest_is_not(partly: Partly) {
    let rejected = |reason: &str| Delivery::Rejected {
        reason: reason.to_owned(),
    };
    let (delivery, arrived) = partly(2, "too\nold");
    assert_eq!(delivery, rejected("2 spans not taken: too old"));
    assert_eq!(arrived, 1);
    assert_eq!(partly(3, ""), (rejected("3 spans not taken"), 0));
    assert_eq!(partly(9, "").1, 0);
}

pub(crate) fn a_warning_loses_nothing(partly: Partly) {
    for none in [0, -1] {
        let (delivery, _) = partly(none, "use a newer protocol");
        assert!(matches!(delivery, Delivery::Sent { .. }), "{delivery:?}");
    }
}
