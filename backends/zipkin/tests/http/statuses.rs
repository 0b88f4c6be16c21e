//! What is made of each status.

use std::time::Duration;

use tracer_recording::Delivery;

use crate::server::answered;

#[test]
fn busy_servers_are_asked_again() {
    for status in ["429 Slow", "502 Bad", "503 Busy", "504 Late"] {
        let delivery = answered(status, "", "");
        assert!(
            matches!(&delivery, Delivery::Retry { after: None, reason } if reason.starts_with("HTTP ")),
            "{status}: {delivery:?}"
        );
    }
}

#[test]
fn the_servers_own_word_on_when_is_kept() {
    for (header, expected) in [
        ("retry-after: 7\r\n", Some(Duration::from_secs(7))),
        ("retry-after: 0\r\n", Some(Duration::ZERO)),
        (
            "retry-after: 99999999999999999999\r\n",
            Some(Duration::from_secs(u64::MAX)),
        ),
        (
            "retry-after: Sunday, 06-Nov-94 08:49:37 GMT\r\n",
            Some(Duration::ZERO),
        ),
        ("retry-after: -1\r\n", None),
        ("retry-after: soon\r\n", None),
    ] {
        match answered("503 Busy", header, "") {
            Delivery::Retry { after, .. } => assert_eq!(after, expected, "{header}"),
            other => panic!("{header}: {other:?}"),
        }
    }
}

#[test]
fn too_large_is_said_so() {
    let delivery = answered("413 Large", "", "at most\n5 MB");
    let reason = match &delivery {
        Delivery::TooLarge { reason } => reason,
        other => panic!("{other:?}"),
    };
    assert!(reason.ends_with(": at most 5 MB"), "{reason}");
}

#[test]
fn every_other_status_is_final() {
    for status in [
        "200 OK",
        "204 None",
        "400 Bad",
        "401 Who",
        "404 Where",
        "417 Unasked",
        "408 Late",
        "500 Oops",
        "501 No",
    ] {
        let text = if status.starts_with("204") { "" } else { "why" };
        let delivery = answered(status, "", text);
        assert!(
            matches!(&delivery, Delivery::Rejected { reason } if reason.ends_with(text)),
            "{status}: {delivery:?}"
        );
    }
}

#[test]
fn redirects_are_not_followed() {
    for status in ["301 There", "302 There", "307 There", "308 There"] {
        let delivery = answered(status, "location: http://127.0.0.1:1/\r\n", "");
        assert!(
            matches!(&delivery, Delivery::Rejected { reason } if reason.starts_with("HTTP 30")),
            "{status}: {delivery:?}"
        );
    }
}
