//! `jaeger_remote` and its argument, with a collector of the test's.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use tracer_backends::{Backend, Setup};

use crate::support::{build, error, headers, hop};

const SAMPLER: &str = "OTEL_TRACES_SAMPLER";
const ARG: &str = "OTEL_TRACES_SAMPLER_ARG";
/// Longer than any test may wait.
const LONG: Duration = Duration::from_secs(20);
const ALL: &str = r#"{"strategyType":0,"probabilisticSampling":{"samplingRate":1}}"#;

/// A collector that wants every trace, and the first lines of what it is asked.
fn collector() -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (asked, questions) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let Some(Ok(first)) = lines.next() else {
                continue;
            };
            while lines
                .next()
                .is_some_and(|line| line.is_ok_and(|line| !line.is_empty()))
            {}
            let length = ALL.len();
            let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}");
            let _ = write!(stream, "{head}\r\n\r\n{ALL}");
            if asked.send(first).is_err() {
                return;
            }
        }
    });
    (url, questions)
}

/// Whether a request is sampled without a caller, and with callers that said no, yes, debug.
fn decisions(backend: &Backend) -> [bool; 4] {
    let ids = "463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312";
    ["", "-0", "-1", "-d"].map(|said| {
        let request = match said {
            "" => headers(&[]),
            said => headers(&[("b3", &format!("{ids}{said}"))]),
        };
        hop(backend, &request)["traceparent"].ends_with("-01")
    })
}

fn until(mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + LONG;
    while !holds() {
        assert!(Instant::now() < end, "it did not happen");
        // Between two looks; the condition decides.
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_collector_is_asked_for_this_service() {
    for (name, told) in [
        ("jaeger_remote", [true; 4]),
        ("parentbased_jaeger_remote", [true, false, true, true]),
    ] {
        let (url, questions) = collector();
        // What else can a URL be?
        let key = if name.starts_with("parent") {
            ""
        } else {
            "endpoint="
        };
        let arg = format!("{key}{url}, pollingIntervalMs=10, initialSamplingRate=0");
        let backend = build(&[(SAMPLER, name), (ARG, &arg)]).unwrap();
        assert!(backend.warnings().is_empty(), "{:?}", backend.warnings());
        let described = format!("{name}({url}/api/sampling)");
        assert!(
            backend.describe().contains(&described),
            "{}",
            backend.describe()
        );
        let first = questions.recv_timeout(LONG).unwrap();
        assert_eq!(first, "GET /api/sampling?service=shop HTTP/1.1");
        until(|| decisions(&backend) == told);
        questions.recv_timeout(LONG).unwrap();
    }
}

#[test]
fn a_wrong_endpoint_is_an_error_that_keeps_secrets() {
    for arg in [
        "endpoint=grpc://user:secret@a.test:14250",
        "grpc://user:secret@a.test:14250",
        "endpoint=secret",
        "endpoint=",
    ] {
        let message = error(&[(SAMPLER, "jaeger_remote"), (ARG, arg)]);
        assert!(message.starts_with(ARG), "{message}");
        assert!(!message.contains("secret"), "{message}");
    }
}

#[test]
fn a_part_of_a_password_is_not_repeated() {
    let arg = "endpoint=http://127.0.0.1:1,secret=x,y@a.test";
    let said = build(&[(SAMPLER, "jaeger_remote"), (ARG, arg)]);
    let said = said.unwrap().warnings().concat();
    assert!(said.starts_with(ARG) && !said.contains("secret"), "{said}");
}

#[test]
fn https_that_is_not_compiled_in_names_the_feature() {
    let built = build(&[(SAMPLER, "jaeger_remote"), (ARG, "https://a.test/")]);
    assert_eq!(built.is_ok(), cfg!(feature = "tls"));
    if let Err(error) = built {
        let error = error.to_string();
        assert!(
            error.contains("`tls` of the crate tracer-backends"),
            "{error}"
        );
    }
}

#[test]
fn a_set_up_that_is_printed_keeps_secrets() {
    let arg = "endpoint=http://user:secret@a.test:1/x?key=secret";
    let vars = [(SAMPLER, "jaeger_remote"), (ARG, arg)];
    let shown = format!("{:?}", Setup::from_vars(vars).unwrap());
    assert!(shown.contains("http://a.test:1/x"), "{shown}");
    assert!(!shown.contains("secret"), "{shown}");
}

/// Behind a comma in a URL.
#[test]
fn what_is_no_item_is_not_repeated() {
    let numbers = ["pollingIntervalMs", "initialSamplingRate"]
        .map(|key| format!("http://127.0.0.1:1/s,{key}=5;endpoint=http://me:secret@a.test"));
    let parts = ["/s?key=a,secret", "/s?key=a,secret=", "/s?key=a,secret=x"]
        .map(|part| format!("http://127.0.0.1:1{part}"));
    for arg in numbers.into_iter().chain(parts) {
        let backend = build(&[(SAMPLER, "jaeger_remote"), (ARG, &arg)]).unwrap();
        let [warning] = backend.warnings() else {
            panic!("{:?}", backend.warnings())
        };
        assert!(
            warning.starts_with(ARG) && !warning.contains("secret"),
            "{warning}"
        );
    }
}

#[test]
fn wrong_numbers_and_names_are_warned_about_and_ignored() {
    for wrong in ["pollingIntervalMs=0", "initialSamplingRate=2", "nonsense=1"] {
        let arg = format!("endpoint=http://127.0.0.1:1,{wrong}");
        let backend = build(&[(SAMPLER, "jaeger_remote"), (ARG, &arg)]).unwrap();
        let [warning] = backend.warnings() else {
            panic!("{:?}", backend.warnings())
        };
        let key = wrong.split('=').next().unwrap();
        assert!(warning.contains(ARG) && warning.contains(key), "{warning}");
    }
}
