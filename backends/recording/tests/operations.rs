//! A span of an operation looks the same as one that was told everything one by one.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tracer_core::conventions::{Known, keys};
use tracer_core::{Extra, Name, Operation, Span, SpanRef, SpanStart, Subject, Tag, Tracer};
use tracer_recording::{
    BatchReporter, Delivery, Exporter, FinishedSpan, OwnedSpan, RecordingTracer, Reporter,
    SpanLimits,
};

const TAGS: [(Known, &str); 3] = [
    (keys::HTTP_METHOD, "GET"),
    (keys::HTTP_ROUTE, "/users/{id}"),
    (keys::COMPONENT, "axum"),
];

/// Requests to one route; they have a tag of their own beside those of the operation.
struct Request;

impl Subject for Request {
    fn name(&self) -> Name<'_> {
        Name::Text("GET /users/{id}")
    }

    fn operation(&self) -> Option<&'static Operation> {
        Operation::of("GET /users/{id}", &TAGS)
    }

    fn describe(&self, span: &mut dyn Span) {
        span.set_tags_mut(&[Tag::new(keys::HTTP_PATH, "/users/7")]);
    }
}

type Spans = Arc<Mutex<Vec<OwnedSpan>>>;

/// Looks at spans on the thread of the request.
struct Direct(Spans);

impl Reporter for Direct {
    fn report(&self, span: &FinishedSpan<'_>) {
        lock(&self.0).push(span.to_owned());
    }
}

/// Looks at them when they have come through the queue.
struct Queued(Spans);

impl Exporter for Queued {
    fn add(&mut self, span: &FinishedSpan<'_>) -> usize {
        lock(&self.0).push(span.to_owned());
        1
    }

    fn remove_last(&mut self) {}

    fn send(&mut self, _: Duration) -> Delivery {
        Delivery::Sent { bytes: 1 }
    }

    fn clear(&mut self) {}

    fn describe(&self) -> String {
        "a list".to_owned()
    }
}

fn lock(spans: &Spans) -> MutexGuard<'_, Vec<OwnedSpan>> {
    spans.lock().unwrap()
}

/// What arrives of a span to which this was said, both ways, which must be the same.
fn recorded(limits: SpanLimits, say: impl Fn(&SpanRef)) -> OwnedSpan {
    let (direct, queued) = (Spans::default(), Spans::default());
    let batch = BatchReporter::new(Queued(Arc::clone(&queued)));
    let to_list = RecordingTracer::builder("shop", Direct(Arc::clone(&direct)));
    let to_queue = RecordingTracer::builder("shop", batch.clone());
    for tracer in [to_list, to_queue] {
        let tracer = tracer.limits(limits).build();
        // A recorder that is used again has nothing left of its first span.
        for _ in 0..2 {
            let span = tracer.start_span(SpanStart::about(&Request));
            say(&span);
            span.finish();
        }
        tracer.start_span(SpanStart::new("job".into())).finish();
    }
    batch.flush(Duration::from_secs(10)).unwrap();
    let [direct, queued] = [direct, queued].map(|spans| {
        let mut spans = lock(&spans).clone();
        let job = spans.pop().unwrap();
        assert_eq!((job.name.as_str(), job.tags.len()), ("job", 0));
        let [first, second] = <[OwnedSpan; 2]>::try_from(spans).unwrap();
        assert_eq!((&first.name, &first.tags), (&second.name, &second.tags));
        second
    });
    assert_eq!((&direct.name, &direct.tags), (&queued.name, &queued.tags));
    direct
}

fn tags(span: &OwnedSpan) -> Vec<String> {
    let mut tags: Vec<_> = span.tags.iter().map(|(key, _)| key.clone()).collect();
    let all = tags.len();
    tags.sort_unstable();
    tags.dedup();
    assert_eq!(tags.len(), all, "a key stands once");
    let value = |key: &String| span.tag(key).unwrap();
    tags.iter()
        .map(|key| format!("{key}={}", value(key)))
        .collect()
}

const ALL: [&str; 4] = [
    "component=axum",
    "http.method=GET",
    "http.path=/users/7",
    "http.route=/users/{id}",
];

#[test]
fn it_has_the_name_and_the_tags_of_its_operation() {
    let span = recorded(SpanLimits::default(), |_| {});
    assert_eq!(span.name, "GET /users/{id}");
    assert_eq!(tags(&span), ALL);
}

#[test]
fn what_a_handler_says_beats_the_operation() {
    for form in [
        Tag::new(keys::COMPONENT, "mine"),
        Tag::new("component", "mine"),
    ] {
        let span = recorded(SpanLimits::default(), |span| {
            span.set_tags(&[Tag::new("user", "ann"), form]);
            span.set_name("load");
        });
        assert_eq!(span.name, "load");
        let expected = ["component=mine", ALL[1], ALL[2], ALL[3], "user=ann"];
        assert_eq!(tags(&span), expected);
    }
    // As a layer that learns better only with the response.
    let late = recorded(SpanLimits::default(), |span| span.set_late_name("late"));
    assert_eq!((late.name.as_str(), tags(&late).len()), ("late", 4));
    let nameless = recorded(SpanLimits::default(), |span| span.set_name(""));
    assert_eq!((nameless.name.as_str(), tags(&nameless).len()), ("", 4));
}

#[test]
fn what_a_caller_carries_does_not_beat_the_operation() {
    let spans = Spans::default();
    let tracer = RecordingTracer::builder("shop", Direct(Arc::clone(&spans)));
    let tracer = tracer.baggage_tags(["component", "user"]).build();
    let mut extra = Extra::default();
    for (key, value) in [("component", "theirs"), ("user", "ann")] {
        extra.baggage.set(key, value).unwrap();
    }
    let extra = Arc::new(extra);
    let mut start = SpanStart::about(&Request);
    start.extra = Some(&extra);
    tracer.start_span(start).finish();
    let span = lock(&spans).pop().unwrap();
    assert_eq!(span.name, "GET /users/{id}");
    assert_eq!(tags(&span), [ALL[0], ALL[1], ALL[2], ALL[3], "user=ann"]);
}

#[test]
fn much_that_was_said_again_leaves_it_as_it_was() {
    let long = "x".repeat(1_000);
    let span = recorded(SpanLimits::default(), |span| {
        for at in 0..300 {
            span.set_tag("again", &format!("{at}{long}"));
        }
    });
    assert_eq!(span.name, "GET /users/{id}");
    let again = format!("again=299{long}");
    assert_eq!(tags(&span), [&again, ALL[0], ALL[1], ALL[2], ALL[3]]);
}

#[test]
fn the_limits_hold_for_it_too() {
    let mut limits = SpanLimits::default();
    limits.value_bytes = 5;
    let span = recorded(limits, |_| {});
    // No value, but what the span is found by.
    assert_eq!(span.name, "GET /users/{id}");
    assert_eq!(
        tags(&span),
        [
            "component=axum",
            "http.method=GET",
            "http.path=/user",
            "http.route=/user"
        ]
    );
    let mut limits = SpanLimits::default();
    limits.tags = 1;
    let span = recorded(limits, |span| {
        span.set_tag("one", 1);
        span.set_tag("two", 2);
    });
    assert_eq!(tags(&span), [ALL[0], ALL[1], ALL[2], ALL[3], "one=1"]);
    assert_eq!(span.left_out, 1);
}
