//! User info, queries and secret parameters: nothing of them is printed.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use tracer_core::http::{CleanQuery, CleanUrl, clean_message};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    before: &'a str,
    user: &'a str,
    host: &'a str,
    path: &'a str,
    after: &'a str,
    query: &'a str,
}

/// No part of any other input: it holds a character that none of them may hold.
const SECRET: &str = "s\u{1f510}cret";

fuzz_target!(|input: Input<'_>| {
    let parts = [
        input.before,
        input.user,
        input.host,
        input.path,
        input.after,
        input.query,
    ];
    if parts.iter().any(|part| part.contains('\u{1f510}')) {
        return;
    }
    message(&input);

    let query = format!(
        "{}&Sig={SECRET}&{}",
        input.query,
        input.after.replace('&', ";")
    );
    let authority = format!("{}:{SECRET}@{}", input.user, input.host);
    let path = format!("{}?token={SECRET}#{SECRET}", input.path);
    let extra = [];
    let url = CleanUrl {
        scheme: Some("https"),
        authority: Some(&authority),
        path: &path,
        query: Some(CleanQuery::new(&query, &extra)),
    };
    let shown = url.to_string();
    assert!(!shown.contains(SECRET), "{shown:?}");
    assert!(shown.contains("Sig=REDACTED"));
});

fn message(input: &Input<'_>) {
    let clean = clean_message(input.before);
    assert_eq!(clean_message(&clean), clean, "clean twice is clean once");

    // A URL as clients print it, anywhere in a text.
    let plain = |text: &str| text.replace(|c: char| !c.is_ascii_alphanumeric(), "");
    let (user, host, path) = (plain(input.user), plain(input.host), plain(input.path));
    let text = format!(
        "{} (https://{user}:{SECRET}@{host}/{path}/http://{user}:{SECRET}@{host}?key={SECRET}#{SECRET}) {}",
        input.before, input.after
    );
    let clean = clean_message(&text);
    assert!(!clean.contains(SECRET), "{clean:?}");
}
