//! A sampler that is told how to sample, by a server of the test's.
#![cfg(feature = "remote-sampling")]

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use tracer_core::{Kind, Name, TraceId};
use tracer_recording::samplers::{Always, Never, Remote};
use tracer_recording::{Sampler, SamplingQuestion};

/// Longer than any test may wait.
const LONG: Duration = Duration::from_secs(20);
const ALL: &str = r#"{"strategyType":0,"probabilisticSampling":{"samplingRate":1}}"#;
const NONE: &str = r#"{"strategyType":"PROBABILISTIC","probabilisticSampling":{"samplingRate":0}}"#;
const HEALTH: &str = r#"{"strategyType":0,"probabilisticSampling":{"samplingRate":1},
    "operationSampling":{"defaultSamplingProbability":1,"perOperationStrategies":[
    {"operation":"GET /health","probabilisticSampling":{"samplingRate":0}}]}}"#;

/// A collector that says the same until it is told to say something else.
struct Collector {
    url: String,
    answer: Arc<Mutex<(u16, &'static str)>>,
    /// The lines of each question.
    asked: Arc<Mutex<Vec<Vec<String>>>>,
}

impl Collector {
    fn start(status: u16, body: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let collector = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            answer: Arc::new(Mutex::new((status, body))),
            asked: Arc::default(),
        };
        let (answer, asked) = (Arc::clone(&collector.answer), Arc::clone(&collector.asked));
        // It ends with the process.
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let lines = BufReader::new(stream.try_clone().unwrap()).lines();
                let lines = lines.map_while(Result::ok);
                let question: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
                if question.is_empty() {
                    continue;
                }
                let (status, body) = *answer.lock().unwrap();
                let len = body.len();
                let head =
                    format!("HTTP/1.1 {status} x\r\nconnection: close\r\ncontent-length: {len}");
                let _ = write!(stream, "{head}\r\n\r\n{body}");
                asked.lock().unwrap().push(question);
            }
        });
        collector
    }

    fn says(&self, status: u16, body: &'static str) {
        *self.answer.lock().unwrap() = (status, body);
    }

    fn sampler(&self, initial: impl Sampler + 'static) -> Remote {
        Remote::builder(&self.url, "the shop")
            .unwrap()
            .initial(initial)
            .interval(Duration::from_millis(10))
            .start()
    }

    /// Waits for that many questions from now on.
    fn asked(&self, times: usize) {
        let before = self.asked.lock().unwrap().len();
        until(|| self.asked.lock().unwrap().len() >= before + times);
    }
}

fn until(mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + LONG;
    while !holds() {
        assert!(Instant::now() < end, "it did not happen");
        // Between two looks; the condition decides.
        thread::sleep(Duration::from_millis(1));
    }
}

fn samples(sampler: &Remote, name: &str) -> bool {
    let trace = TraceId::random(true);
    sampler.sample(&SamplingQuestion::new(
        trace,
        Name::Text(name),
        Kind::Server,
    ))
}

#[test]
fn it_samples_as_it_was_told_last() {
    let collector = Collector::start(200, ALL);
    let sampler = collector.sampler(Never);
    until(|| samples(&sampler, "a"));
    collector.says(200, NONE);
    until(|| !samples(&sampler, "a"));
    collector.says(200, HEALTH);
    until(|| samples(&sampler, "a"));
    assert!(!samples(&sampler, "GET /health"));
    let first = collector.asked.lock().unwrap()[0].clone();
    assert_eq!(first[0], "GET /api/sampling?service=the%20shop HTTP/1.1");
    let names = first.iter().filter_map(|line| line.split_once(':'));
    let mut names = names.map(|(name, _)| name.to_ascii_lowercase());
    assert!(!names.any(|name| name == "authorization"));
}

/// RFC 7617.
#[test]
fn user_and_password_of_the_endpoint_are_sent() {
    let collector = Collector::start(200, ALL);
    let url = collector.url.replace("//", "//us%40er:p%3Ass@");
    let sampler = Remote::builder(&url, "shop")
        .unwrap()
        .initial(Never)
        .start();
    until(|| samples(&sampler, "a"));
    let question = collector.asked.lock().unwrap()[0].clone();
    let sent = question.iter().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        (name.eq_ignore_ascii_case("authorization")).then_some(value)
    });
    // `us@er:p:ss`
    assert_eq!(sent, Some("Basic dXNAZXI6cDpzcw=="));
}

#[test]
fn an_endless_time_is_no_trouble() {
    let collector = Collector::start(200, ALL);
    let sampler = Remote::builder(&collector.url, "the shop")
        .unwrap()
        .initial(Never)
        .interval(Duration::from_millis(10))
        .timeout(Duration::MAX)
        .start();
    until(|| samples(&sampler, "GET /"));
}

#[test]
fn without_an_answer_it_stays_as_it_was() {
    let collector = Collector::start(500, NONE);
    let sampler = collector.sampler(Always);
    for (status, body) in [(500, NONE), (404, NONE), (200, "nonsense"), (200, "{}")] {
        collector.says(status, body);
        collector.asked(2);
        assert!(samples(&sampler, "a"), "{status} {body}");
    }
    collector.says(200, NONE);
    until(|| !samples(&sampler, "a"));
    collector.says(503, ALL);
    collector.asked(2);
    assert!(!samples(&sampler, "a"));
}

#[test]
fn clones_are_one_sampler() {
    let collector = Collector::start(200, ALL);
    let sampler = collector.sampler(Never);
    let clone = sampler.clone();
    drop(sampler);
    until(|| samples(&clone, "a"));
    assert!(!clone.overrules_caller());
}

#[test]
fn nobody_there_is_no_trouble() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let sampler = Remote::builder(&url, "shop")
        .unwrap()
        .initial(Always)
        .start();
    assert!(samples(&sampler, "a"));
}

#[test]
fn endpoints() {
    for wrong in ["", "grpc://a:1", "/api/sampling", "a b"] {
        let error = Remote::builder(wrong, "shop").unwrap_err().to_string();
        assert!(error.starts_with("sampling endpoint: "), "{error}");
    }
}
