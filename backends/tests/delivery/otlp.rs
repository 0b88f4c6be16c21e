//! `OTEL_TRACES_EXPORTER=otlp`, and what is like it.

#[cfg(feature = "otlp")]
use std::process::Command;

use tracer_backends::{Backend, Setup};
use tracer_core::TracerExt;

use crate::server::{LONG, collector};

fn backend(exporter: &str, vars: &[(&str, &str)]) -> Backend {
    let own = [
        ("OTEL_TRACES_EXPORTER", exporter),
        ("OTEL_SERVICE_NAME", "shop"),
        (
            "OTEL_RESOURCE_ATTRIBUTES",
            "deployment.environment.name=test%20bench",
        ),
    ];
    let vars = own.iter().chain(vars).copied();
    Setup::from_vars(vars).unwrap().build().unwrap()
}

#[cfg(feature = "otlp")]
fn holds(request: &crate::server::Request, text: &str) -> bool {
    let mut windows = request.body.windows(text.len());
    windows.any(|window| window == text.as_bytes())
}

fn work(backend: &Backend) {
    let tracer = backend.tracer();
    tracer
        .span("a job")
        .tag("http.method", "GET")
        .start()
        .finish();
}

/// They may hold a token for somebody else.
#[cfg(feature = "otlp")]
#[test]
fn variables_that_are_given_stand_in_the_place_of_the_process_s() {
    let again = [
        "--exact",
        "otlp::a_span_arrives_over_http_with_headers_and_resource",
    ];
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.env("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=red,x-other=1");
    let output = child.args(again).output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains("1 passed"), "{printed}");
}

#[cfg(feature = "otlp")]
#[test]
fn a_span_arrives_over_http_with_headers_and_resource() {
    let (address, requests) = collector();
    let endpoint = format!("http://{address}/?key=v");
    let vars = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint),
        (
            "OTEL_EXPORTER_OTLP_HEADERS",
            "authorization=Basic%20secret,x-tenant=blue",
        ),
    ];
    let backend = backend("otlp", &vars);
    work(&backend);
    backend.shutdown(LONG).unwrap();
    let request = requests.recv_timeout(LONG).unwrap();
    assert!(request.head.starts_with("post /v1/traces?key=v "));
    assert!(request.head.contains("\r\nauthorization: basic secret\r\n"));
    assert!(request.head.contains("\r\nx-tenant: blue\r\n"));
    assert!(!request.head.contains("x-other"), "{}", request.head);
    for text in ["a job", "shop", "test bench", "http.request.method"] {
        assert!(holds(&request, text), "{text}");
    }
    let (_, counts) = backend.counts()[0];
    assert_eq!((counts.accepted, counts.sent), (1, 1));
}

#[cfg(feature = "otlp")]
#[test]
fn a_header_that_is_none_leaves_the_others_alone() {
    let (address, requests) = collector();
    let endpoint = format!("http://{address}");
    let headers = "nothing,x-a=1, no name=2,,X-B = 50%,x-c=%0A,x-d=a%2Cb";
    let vars = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint),
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", ","),
        ("OTEL_EXPORTER_OTLP_HEADERS", headers),
    ];
    let backend = backend("otlp", &vars);
    let wrong = [1, 3, 6].map(|number| {
        format!("OTEL_EXPORTER_OTLP_HEADERS: number {number} is no header; left out")
    });
    assert_eq!(backend.warnings(), wrong);
    work(&backend);
    backend.shutdown(LONG).unwrap();
    let head = requests.recv_timeout(LONG).unwrap().head;
    for header in ["x-a: 1", "x-b: 50%", "x-d: a,b"] {
        assert!(head.contains(&format!("\r\n{header}\r\n")), "{head}");
    }
    assert!(!head.contains("x-c"), "{head}");
}

#[cfg(all(feature = "otlp", feature = "zipkin"))]
#[test]
fn an_exporter_that_hangs_takes_no_time_of_the_others() {
    use std::time::{Duration, Instant};

    // Accepts and never answers.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let hangs = format!("http://{}", listener.local_addr().unwrap());
    let (address, requests) = collector();
    let zipkin = format!("http://{address}/api/v2/spans");
    let vars = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*hangs),
        ("OTEL_EXPORTER_ZIPKIN_ENDPOINT", &*zipkin),
        ("OTEL_BSP_SCHEDULE_DELAY", "3600000"),
    ];
    let backend = backend("otlp,zipkin", &vars);
    work(&backend);
    let started = Instant::now();
    assert!(backend.shutdown(Duration::from_secs(1)).is_err());
    assert!(started.elapsed() < Duration::from_secs(5));
    requests.recv_timeout(LONG).unwrap();
    let losses = backend.losses();
    let [loss] = &losses[..] else {
        panic!("only one has lost: {losses:?}")
    };
    assert!(loss.to_string().starts_with("otlp http://"), "{loss}");
    let (name, counts) = backend.counts()[1];
    assert!(
        name.starts_with("zipkin ") && counts.sent == 1,
        "{counts:?}"
    );
}

#[cfg(feature = "otlp")]
#[test]
fn grpc_speaks_http_2() {
    use std::io::Read;

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let vars = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "500"),
    ];
    let backend = backend("otlp", &vars);
    work(&backend);
    let (mut stream, _) = listener.accept().unwrap();
    let mut preface = [0; 14];
    stream.read_exact(&mut preface).unwrap();
    assert_eq!(&preface, b"PRI * HTTP/2.0");
    // The time for one upload is what the variable says: no answer comes.
    assert!(
        backend
            .flush(LONG)
            .is_err_and(|error| error.lost_spans() == 1)
    );
}

#[cfg(feature = "otel-zipkin")]
#[test]
fn a_span_arrives_through_the_deprecated_crate_with_its_service() {
    // A server alone is what it is for the exporter `zipkin`.
    for path in ["/api/v2/spans", "", "/"] {
        let (address, requests) = collector();
        let endpoint = format!("http://{address}{path}");
        let vars = [("OTEL_EXPORTER_ZIPKIN_ENDPOINT", &*endpoint)];
        let backend = backend("otel-zipkin", &vars);
        work(&backend);
        backend.shutdown(LONG).unwrap();
        let request = requests.recv_timeout(LONG).unwrap();
        assert!(request.head.starts_with("post /api/v2/spans "));
        let spans: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!(spans[0]["name"], "a job");
        assert_eq!(spans[0]["localEndpoint"]["serviceName"], "shop");
    }
}

/// Longer than the process's own variable allows.
#[cfg(feature = "otel-zipkin")]
#[test]
fn the_deprecated_crate_waits_as_long_as_the_given_variables_say() {
    use std::io::{ErrorKind, Write};
    use std::time::Duration;

    const OURS: &str = "OTEL_EXPORTER_ZIPKIN_TIMEOUT";
    if std::env::var_os(OURS).is_none() {
        let again = "otlp::the_deprecated_crate_waits_as_long_as_the_given_variables_say";
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        let output = child.env(OURS, "50").args(["--exact", again]).output();
        let printed = String::from_utf8_lossy(&output.unwrap().stdout).into_owned();
        assert!(printed.contains("1 passed"), "{printed}");
        return;
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/api/v2/spans", listener.local_addr().unwrap());
    let patient = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream
            .set_read_timeout(Some(Duration::from_millis(500)))
            .unwrap();
        // Until the client hangs up, or has waited for long enough.
        let waited = std::io::copy(&mut stream, &mut std::io::sink());
        let _ = stream.write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n");
        waited
            .is_err_and(|error| matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut))
    });
    let vars = [
        ("OTEL_EXPORTER_ZIPKIN_ENDPOINT", &*endpoint),
        (OURS, "20000"),
    ];
    let backend = backend("otel-zipkin", &vars);
    work(&backend);
    let flushed = backend.flush(LONG);
    assert!(patient.join().unwrap(), "the client has hung up");
    flushed.unwrap();
}

#[cfg(all(feature = "otlp", feature = "zipkin"))]
#[test]
fn ids_are_joined_only_if_every_exporter_can() {
    use tracer_core::{Kind, Tracer};
    use tracer_recording::InMemoryReporter;

    for (exporters, joined) in [
        ("none", true),
        ("zipkin,console", true),
        ("zipkin,otlp", false),
    ] {
        let memory = InMemoryReporter::new();
        let vars = [
            ("OTEL_TRACES_EXPORTER", exporters),
            ("OTEL_SERVICE_NAME", "shop"),
        ];
        let setup = Setup::from_vars(vars).unwrap().also(memory.clone());
        let backend = setup.build().unwrap();
        let b3 = "463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-1";
        let caller = backend.tracer().extract(&vec![("b3", b3)]);
        let tracer = backend.tracer();
        tracer
            .span("serve")
            .kind(Kind::Server)
            .continues(&caller)
            .start()
            .finish();
        assert_eq!(memory.spans()[0].shared, joined, "{exporters}");
        // Nobody listens: nothing is to be waited for.
        let _ = backend.shutdown(std::time::Duration::ZERO);
    }
}
