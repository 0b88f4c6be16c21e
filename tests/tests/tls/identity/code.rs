//! `identity` in code.

use std::time::Duration;

use tracer_core::TracerExt;
use tracer_opentelemetry::{OtlpOptions, resource, zipkin_secured};
use tracer_recording::samplers::{Never, Remote};
use tracer_recording::testing::SpanBuilder;
use tracer_recording::{Authorities, Delivery, Exporter, Identity, NullReporter, RecordingTracer};
use tracer_zipkin::{HttpSender, ZipkinExporter};

use super::Both;
use crate::authority::Authority;
use crate::setup::{LONG, until};

/// Collectors, whom to trust there, and who is let in.
fn known() -> (Both, Authorities, Identity) {
    let authority = Authority::new();
    let both = Both::asking(authority.pem());
    let trusted = Authorities::from_file(both.trusted.path()).unwrap();
    let [certificate, key] = authority.sign("shop").files();
    let identity = Identity::from_files(certificate.path(), key.path()).unwrap();
    (both, trusted, identity)
}

fn arrives(mut exporter: impl Exporter) {
    exporter.add(&SpanBuilder::new("a job").view());
    let delivery = exporter.send(LONG);
    assert!(matches!(delivery, Delivery::Sent { .. }), "{delivery:?}");
}

#[test]
fn exporters_show_who_they_are() {
    let (both, trusted, identity) = known();
    let nothing = || resource::<&str, &str>([]);
    let otlp = |url| {
        let options = OtlpOptions::new().without_variables().endpoint(url);
        options.trust(&trusted).identity(&identity)
    };
    arrives(otlp(both.http.url("/v1/traces")).http(nothing()).unwrap());
    arrives(otlp(both.grpc.url()).grpc(nothing()).unwrap());

    let url = both.http.url("/api/v2/spans");
    arrives(zipkin_secured(Some(&url), Some(&trusted), Some(&identity)).unwrap());
    // In any order.
    let sender = || HttpSender::new(&url).unwrap();
    for sender in [
        sender().trust(&trusted).identity(&identity),
        sender().identity(&identity).trust(&trusted),
    ] {
        arrives(ZipkinExporter::over(sender));
    }
}

#[test]
fn samplers_show_who_they_are() {
    let (both, trusted, identity) = known();
    let asking = Remote::builder(&both.http.url(""), "shop").unwrap();
    let asking = asking.initial(Never).interval(Duration::from_millis(10));
    let sampler = asking.trust(&trusted).identity(&identity).start();
    let tracer = RecordingTracer::builder("shop", NullReporter).sampler(sampler);
    let tracer = tracer.build();
    until("every trace is sampled", || {
        let span = tracer.span("a job").start();
        span.handle().sampling() == tracer_core::Sampling::Record
    });
}

#[test]
fn debug_shows_no_key() {
    let (both, trusted, identity) = known();
    let key = String::from_utf8(identity.key_pem().to_vec()).unwrap();
    let secret = key.lines().nth(1).unwrap();
    let number = format!("{:?}", secret.as_bytes());
    let options = OtlpOptions::new().trust(&trusted).identity(&identity);
    let sender = HttpSender::new(&both.http.url("/")).unwrap();
    let asking = Remote::builder(&both.http.url(""), "shop").unwrap();
    for shown in [
        format!("{identity:?}"),
        format!("{options:?}"),
        format!("{:?}", sender.identity(&identity)),
        format!("{:?}", asking.identity(&identity)),
    ] {
        let number = number.trim_matches(['[', ']']);
        assert!(
            !shown.contains(secret) && !shown.contains(number),
            "{shown}"
        );
    }
}
