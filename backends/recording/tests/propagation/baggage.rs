//! W3C Baggage, and what several formats carry together.

use tracer_core::{Baggage, SpanRef};
use tracer_recording::Propagation;

use crate::support::{Headers, list, named, write};

fn received(propagation: &Propagation, headers: &str) -> Vec<String> {
    let extracted = propagation.extract(&list(headers));
    let items = extracted.extra().map(|extra| extra.baggage.clone());
    let show = |baggage: Baggage| -> Vec<String> {
        let item = baggage.iter().map(|item| match item.properties() {
            Some(properties) => format!("{}={};{properties}", item.key(), item.value()),
            None => format!("{}={}", item.key(), item.value()),
        });
        item.collect()
    };
    items.map(show).unwrap_or_default()
}

fn passed_on(propagation: &Propagation, headers: &str) -> String {
    let extracted = propagation.extract(&list(headers));
    let span = SpanRef::none().with_extra(extracted.extra().cloned());
    write(propagation, &span)
}

fn members(count: usize, value: usize) -> String {
    let value = "v".repeat(value);
    let members = (0..count).map(|i| format!("k{i:02}={value}"));
    members.collect::<Vec<_>>().join(",")
}

#[test]
fn members_are_decoded_and_properties_kept() {
    let cases = [
        ("a=1", &["a=1"][..]),
        ("a=1,b=2", &["a=1", "b=2"]),
        (" a = 1 \t, b\t= 2 ", &["a=1", "b=2"]),
        ("a=1;p;q=2, b=2", &["a=1;p;q=2", "b=2"]),
        // Tabs are white space there (section 3.3.1).
        ("a=1;\tp =\t2,b=2", &["a=1;p = 2", "b=2"]),
        ("a=x%20y%2C%3b%C3%A4", &["a=x y,;ä"]),
        ("a=x+y", &["a=x+y"]),
        ("a=%FF.%E4", &["a=\u{fffd}.\u{fffd}"]),
        ("a=100%,b=%zz", &["a=100%", "b=%zz"]),
        ("a=", &["a="]),
        ("a=b=c", &["a=b=c"]),
        ("a=1\nBaggage: b=2", &["a=1", "b=2"]),
    ];
    for (sent, expected) in cases {
        for names in ["baggage", "tracecontext"] {
            let propagation = named(names);
            assert_eq!(
                received(&propagation, &format!("baggage: {sent}")),
                expected
            );
            assert_eq!(propagation.counts().malformed, 0, "{sent}");
        }
        assert!(received(&named("b3,jaeger"), &format!("baggage: {sent}")).is_empty());
    }
}

#[test]
fn a_malformed_member_is_left_out_and_counted() {
    for bad in ["a", "=1", "a b=1", "a[=1", ";p", "a=x\u{1}y", "a=1;\u{e9}"] {
        let baggage = named("baggage");
        let sent = format!("baggage: ok=1,{bad},,more=2");
        assert_eq!(received(&baggage, &sent), ["ok=1", "more=2"], "{bad}");
        assert_eq!(baggage.counts().malformed, 1, "{bad}");
    }
}

#[test]
fn of_members_with_one_key_the_last_counts() {
    let sent = "baggage: k=1,a=2,k=3;p\nbaggage: a=4";
    assert_eq!(received(&named("baggage"), sent), ["k=3;p", "a=4"]);
    // Whatever format was read before.
    let sent = "uberctx-k: jaeger\nbaggage: k=1,k=2\nuber-trace-id: {T}:{S}:0:1";
    for names in ["jaeger,tracecontext", "tracecontext,jaeger"] {
        assert_eq!(received(&named(names), sent), ["k=2"], "{names}");
    }
}

#[test]
fn what_is_passed_on_means_the_same() {
    let cases = [
        ("a=1, b=2;p=1 ; q", "a=1,b=2;p=1 ; q"),
        ("a=x%20y%25%2C%3B%5C%22%2B", "a=x%20y%25%2C%3B%5C%22%2B"),
        ("a=%C3%A4", "a=%C3%A4"),
        ("a=k=v:/?", "a=k=v:/?"),
    ];
    for (received, sent) in cases {
        let expected = format!("baggage: {sent}");
        let headers = format!("baggage: {received}");
        assert_eq!(passed_on(&named("baggage"), &headers), expected);
        assert_eq!(passed_on(&Propagation::default(), &headers), expected);
    }
}

#[test]
fn members_beyond_the_limits_are_dropped_from_the_end_and_counted() {
    let cases = [
        (64, 1, 64),
        (66, 1, 64),
        // Four bytes of key each, and one of comma between two.
        (1, 8188, 1),
        (1, 8189, 0),
        (2, 4091, 2),
        (2, 4092, 1),
        (3, 4091, 2),
    ];
    for (count, value, kept) in cases {
        let baggage = named("baggage");
        let sent = format!("baggage: {}", members(count, value));
        assert_eq!(received(&baggage, &sent).len(), kept, "{count} of {value}");
        let dropped = u64::try_from(count - kept).unwrap();
        assert_eq!(baggage.counts().baggage_dropped, dropped);
    }
    let sent = format!("baggage: {},b=1", members(1, 8189));
    assert!(
        received(&named("baggage"), &sent).is_empty(),
        "from the end"
    );
}

#[test]
fn all_formats_together_keep_one_limit() {
    let jaeger: String = (0..70).map(|i| format!("\nuberctx-j{i}: 1")).collect();
    let both = named("baggage,jaeger");
    let items = received(&both, &format!("baggage: {}{jaeger}", members(60, 1)));
    assert_eq!(items.len(), 64);
    assert!(items.iter().take(60).all(|item| item.starts_with('k')));
    assert_eq!(both.counts().baggage_dropped, 66);
}

#[test]
fn what_is_sent_keeps_the_limits_too() {
    let write_all = |count: usize, value: usize| {
        let mut baggage = Baggage::new();
        for i in 0..count {
            baggage
                .set(&format!("k{i:02}"), &"v".repeat(value))
                .unwrap();
        }
        let extra = tracer_core::Extra {
            baggage,
            ..Default::default()
        };
        let propagation = named("baggage");
        let mut headers = Headers::new();
        let span = SpanRef::none().with_extra(Some(extra.into()));
        propagation.inject(&span, &mut headers);
        let sent = headers.remove("baggage").unwrap_or_default();
        (sent, propagation.counts().baggage_dropped)
    };
    assert_eq!(write_all(64, 1), (members(64, 1), 0));
    assert_eq!(write_all(70, 1), (members(64, 1), 6));
    assert_eq!(write_all(2, 4091), (members(2, 4091), 0));
    assert_eq!(write_all(3, 4091), (members(2, 4091), 1));
    assert_eq!(write_all(1, 8188), (members(1, 8188), 0));
    assert_eq!(write_all(1, 8189), (String::new(), 1));
}

#[test]
fn baggage_of_several_formats_is_merged_and_w3c_wins() {
    let headers = "uberctx-a: jaeger\nuberctx-b: 2\nbaggage: a=w3c,c=3\nuber-trace-id: {T}:{S}:0:1";
    for names in ["jaeger,tracecontext", "tracecontext,jaeger"] {
        let items = received(&named(names), headers);
        assert_eq!(items, ["a=w3c", "c=3", "b=2"], "{names}");
    }
}

#[test]
fn an_allow_list_holds_in_both_directions() {
    let formats = || Propagation::builder().names("tracecontext,jaeger").unwrap();
    let some = formats().baggage_keys(["shop"]).build();
    let headers = "baggage: shop=1,user=2\nuberctx-card: 3";
    assert_eq!(received(&some, headers), ["shop=1"]);

    let span = SpanRef::none().with_baggage("user", "2").unwrap();
    assert_eq!(write(&some, &span), "");
    let span = span.with_baggage("shop", "1").unwrap();
    assert_eq!(write(&some, &span), "baggage: shop=1\nuberctx-shop: 1");

    let no_keys: [&str; 0] = [];
    assert!(received(&formats().baggage_keys(no_keys).build(), headers).is_empty());
    assert_eq!(received(&formats().build(), headers).len(), 3);
}

/// Names of headers have no case: Jaeger's clients write `Uberctx-Tenantid` for `tenantId`.
#[test]
fn a_listed_key_that_came_as_a_headers_name_is_spelled_as_in_the_list() {
    let builder = Propagation::builder().names("jaeger").unwrap();
    let listed = builder.baggage_keys(["tenantId"]).build();
    let span = SpanRef::none().with_baggage("tenantId", "1").unwrap();
    let sent = write(&listed, &span);
    assert_eq!(sent, "uberctx-tenantid: 1");
    for headers in [&*sent, "Uberctx-Tenantid: 1"] {
        let headers = format!("{headers}\nuberctx-other: 2");
        assert_eq!(received(&listed, &headers), ["tenantId=1"]);
        assert_eq!(passed_on(&listed, &headers), sent);
    }
}
