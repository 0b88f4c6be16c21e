//! B3, both encodings.

use tracer_core::{Sampling, SpanRef};

use crate::support::{context, named, parent, read, write};

#[test]
fn single_is_read() {
    let cases = [
        ("b3: {T}-{S}", "T-S-Defer"),
        ("B3: {T}-{S}-0", "T-S-Drop"),
        ("b3: {T}-{S}-1", "T-S-Record"),
        ("b3: {t}-{S}-d", "t-S-Debug"),
        ("b3: 0000000000000000{t}-{S}-1", "t-S-Record"),
        ("b3: {T}-{S}-1-{P}", "T-S-Record-P"),
        ("b3: {T}-{S}-{P}", "T-S-Defer-P"),
        ("b3: {T}-{S}-1-0000000000000000", "T-S-Record"),
        ("b3: {T}-{S}-0000000000000000", "T-S-Defer"),
        ("b3: {T}-{S}-1-{S}", "T-S-Record"),
        ("b3: 0", "Drop"),
        ("b3: 1", "Record"),
        ("b3: d", "Debug"),
    ];
    for (sent, expected) in cases {
        assert_eq!(read(&named("b3"), sent), expected, "{sent}");
        assert_eq!(read(&named("b3multi"), sent), expected, "{sent}");
        assert_eq!(read(&named("jaeger"), sent), "absent", "{sent}");
    }
}

#[test]
fn malformed_single_is_absent_and_counted() {
    for sent in [
        "",
        "2",
        "true",
        "-",
        "{T}",
        "{T}-",
        "{T}-{S}-",
        "{T}-{S}-2",
        "{T}-{S}-1-",
        "{T}-{S}-1-{P}-",
        "{T}-{S}-{P}-1",
        "{T}-{S}-1-x",
        "{T}-{S}-1-020000000000001",
        "{T}0-{S}-1",
        "48485a3953bb612-{S}-1",
        "{T}-a2fb4a1d1a96d31-1",
        "463AC35C9F6413AD48485A3953BB6124-{S}-1",
        "00000000000000000000000000000000-{S}-1",
        "{T}-0000000000000000-1",
        "{T}-{S}-1 ",
    ] {
        let b3 = named("b3");
        assert_eq!(read(&b3, &format!("b3: {sent}")), "absent", "{sent}");
        assert_eq!(b3.counts().malformed, 1, "{sent}");
    }
}

#[test]
fn multi_is_read() {
    let (both, absent) = ("X-B3-TraceId: {T}\nX-B3-SpanId: {S}\n", "absent");
    let cases = [
        ("", "T-S-Defer"),
        ("X-B3-Sampled: 1", "T-S-Record"),
        ("X-B3-Sampled: 0", "T-S-Drop"),
        ("X-B3-Sampled: True", "T-S-Record"),
        ("X-B3-Sampled: FALSE", "T-S-Drop"),
        ("X-B3-Sampled: 1\nX-B3-Sampled: 0", "T-S-Record"),
        ("X-B3-Flags: 1", "T-S-Debug"),
        ("X-B3-Flags: 1\nX-B3-Sampled: 0", "T-S-Debug"),
        ("X-B3-Flags: 0", "T-S-Defer"),
        ("X-B3-ParentSpanId: {P}\nX-B3-Sampled: 1", "T-S-Record-P"),
        ("X-B3-ParentSpanId: 0000000000000000", "T-S-Defer"),
        ("X-B3-ParentSpanId: {S}", "T-S-Defer"),
        ("X-B3-ParentSpanId: 1", absent),
        ("X-B3-Sampled: 2", absent),
        ("X-B3-Sampled: d", absent),
        ("X-B3-Sampled: yes\nX-B3-Flags: 1", absent),
    ];
    for (more, expected) in cases {
        let sent = format!("{both}{more}");
        assert_eq!(read(&named("b3multi"), &sent), expected, "{sent}");
        let b3 = named("b3");
        assert_eq!(read(&b3, &sent), expected, "{sent}");
        assert_eq!(b3.counts().malformed, u64::from(expected == absent));
    }
}

#[test]
fn multi_without_both_ids_is_a_decision_or_nothing() {
    let cases = [
        ("X-B3-Sampled: 1", "Record", 0),
        ("X-B3-Sampled: 0", "Drop", 0),
        ("X-B3-Flags: 1", "Debug", 0),
        ("X-B3-Flags: 0", "absent", 0),
        ("X-B3-Sampled: x", "absent", 1),
        ("X-B3-TraceId: {T}\nX-B3-Sampled: 1", "absent", 1),
        ("X-B3-SpanId: {S}\nX-B3-Sampled: 1", "absent", 1),
        (
            "X-B3-TraceId: {t}\nX-B3-SpanId: 00000000000000001",
            "absent",
            1,
        ),
    ];
    for (sent, expected, malformed) in cases {
        let b3 = named("b3multi");
        assert_eq!(read(&b3, sent), expected, "{sent}");
        assert_eq!(b3.counts().malformed, malformed, "{sent}");
    }
}

#[test]
fn single_beats_multi_unless_malformed() {
    let multi = "x-b3-traceid: {O}\nx-b3-spanid: {S}\nx-b3-sampled: 0\nb3: ";
    let cases = [
        ("{T}-{S}-1", "T-S-Record"),
        ("d", "Debug"),
        ("x", "O-S-Drop"),
        // Of a doubled header the first value counts.
        ("{T}-{S}-1\nb3: 0", "T-S-Record"),
        ("x\nb3: {T}-{S}-1", "O-S-Drop"),
        ("x\nx-b3-traceid: {T}\nx-b3-spanid: {P}", "O-S-Drop"),
    ];
    for (single, expected) in cases {
        assert_eq!(
            read(&named("b3multi"), &format!("{multi}{single}")),
            expected
        );
    }
}

#[test]
fn both_encodings_are_written() {
    let cases = [
        (Sampling::Defer, "", ""),
        (Sampling::Drop, "-0", "\nx-b3-sampled: 0"),
        (Sampling::Record, "-1", "\nx-b3-sampled: 1"),
        (Sampling::Debug, "-d", "x-b3-flags: 1\n"),
    ];
    for (sampling, single, multi) in cases {
        let root = SpanRef::from_context(context(sampling));
        assert_eq!(
            write(&named("b3"), &root),
            format!("b3: {{T}}-{{S}}{single}")
        );
        let ids = "x-b3-spanid: {S}\nx-b3-traceid: {T}";
        let (flags, sampled) = match sampling {
            Sampling::Debug => (multi, ""),
            _ => ("", multi),
        };
        let sampled = match sampled.strip_prefix('\n') {
            Some(sampled) => format!("{sampled}\n"),
            None => String::new(),
        };
        assert_eq!(
            write(&named("b3multi"), &root),
            format!("{flags}{sampled}{ids}")
        );
        let child = SpanRef::from_context(context(sampling).with_parent(parent()));
        assert_eq!(
            write(&named("b3"), &child),
            format!("b3: {{T}}-{{S}}{single}-{{P}}")
        );
        assert!(write(&named("b3multi"), &child).contains("x-b3-parentspanid: {P}"));
    }
}
