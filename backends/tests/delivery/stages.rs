//! Stages of the program's own before exporters that variables choose.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tracer_backends::Setup;
use tracer_core::{Error, FlushError, Kind, TracerExt};
use tracer_recording::stages::{Handled, Tail, Verdict};
use tracer_recording::testing::SpanBuilder;
use tracer_recording::{FanOut, FinishedSpan, InMemoryReporter, Reporter};

use crate::server::{LONG, collector, nobody};

pub(crate) fn setup(address: &str, more: &[(&str, &str)]) -> Setup {
    let endpoint = format!("http://{address}/api/v2/spans");
    let vars = [
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_EXPORTER_ZIPKIN_ENDPOINT", &*endpoint),
        ("OTEL_SERVICE_NAME", "shop"),
        ("OTEL_BSP_SCHEDULE_DELAY", "3600000"),
    ];
    Setup::from_vars(vars.iter().chain(more).copied()).unwrap()
}

fn sent(body: &[u8]) -> Vec<Value> {
    serde_json::from_slice(body).unwrap()
}

#[test]
fn a_tail_and_a_redaction_stand_before_what_variables_choose() {
    let (address, requests) = collector();
    let memory = InMemoryReporter::new();
    let backend = setup(&address, &[("OTEL_TRACES_SAMPLER", "always_off")])
        .also(memory.clone())
        .stage(Tail::new)
        .stage(|next| {
            Handled::new(next).handler(|span| {
                span.remove_tag("user.email");
                Verdict::Report
            })
        })
        .build()
        .unwrap();
    assert!(
        backend
            .describe()
            .contains("own reporter through stages of the program's own; sampler"),
        "{}",
        backend.describe()
    );
    let tracer = backend.tracer();
    for fails in [false, true] {
        let span = tracer.span("job").tag("user.email", "a@b.c");
        let span = span.tag("rows", 3).start();
        if fails {
            span.set_error_as(Error::kind("Refused"));
        }
        span.finish();
    }
    backend.shutdown(LONG).unwrap();
    let [span] = &sent(&requests.recv_timeout(LONG).unwrap().body)[..] else {
        panic!("the one that failed")
    };
    assert_eq!(
        span["tags"],
        serde_json::json!({"error": "Refused", "rows": "3"})
    );
    let [span] = &memory.take()[..] else {
        panic!("the same for the program's own reporter")
    };
    assert_eq!((span.tag("rows").is_some(), span.tags.len()), (true, 1));
}

#[test]
fn the_first_of_several_stages_sees_a_span_first() {
    let memory = InMemoryReporter::new();
    let append = |letter: &'static str| {
        move |next: Arc<dyn Reporter>| {
            Handled::new(next).handler(move |span| {
                let name = format!("{}{letter}", span.view().name);
                span.set_name(name);
                Verdict::Report
            })
        }
    };
    let vars = [
        ("OTEL_TRACES_EXPORTER", "none"),
        ("OTEL_SERVICE_NAME", "shop"),
    ];
    let setup = Setup::from_vars(vars).unwrap().also(memory.clone());
    let setup = setup.stage(append("a")).stage(append("b"));
    let backend = setup.build().unwrap();
    backend.tracer().span("").start().finish();
    assert_eq!(memory.take()[0].name, "ab");
}

/// Counts spans, and tells how many there were when it is flushed.
struct Sums {
    next: Arc<dyn Reporter>,
    count: Mutex<i64>,
}

impl Reporter for Sums {
    fn report(&self, _: &FinishedSpan<'_>) {
        *self.count.lock().unwrap_or_else(PoisonError::into_inner) += 1;
    }

    fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        let count = std::mem::take(&mut *self.count.lock().unwrap());
        self.next
            .report(&SpanBuilder::new("sum").tag("count", count).view());
        self.next.flush(timeout)
    }
}

#[test]
fn what_a_stage_holds_back_is_sent_at_a_flush_and_at_the_shutdown() {
    let (address, requests) = collector();
    let setup = setup(&address, &[]).stage(|next| Sums {
        next,
        count: Mutex::default(),
    });
    let backend = setup.build().unwrap();
    for last in [false, true] {
        backend.tracer().span("a").start().finish();
        backend.tracer().span("b").start().finish();
        match last {
            false => backend.flush(LONG).unwrap(),
            true => backend.shutdown(LONG).unwrap(),
        }
        let [span] = &sent(&requests.recv_timeout(LONG).unwrap().body)[..] else {
            panic!("one sum")
        };
        assert_eq!(span["tags"]["count"], "2");
    }
}

/// Hands on spans, and does nothing else that a reporter may be asked.
struct Plain(Arc<dyn Reporter>);

impl Reporter for Plain {
    fn report(&self, span: &FinishedSpan<'_>) {
        self.0.report(span);
    }
}

#[test]
fn a_stage_need_hand_on_no_more_than_spans() {
    let (address, requests) = collector();
    let backend = setup(&address, &[]).stage(Plain).build().unwrap();
    let tracer = backend.tracer();
    tracer.span("flushed").start().finish();
    backend.flush(LONG).unwrap();
    assert_eq!(sent(&requests.try_recv().unwrap().body).len(), 1);
    tracer.span("sent at the end").start().finish();
    // Another thread keeps a recorder; the last tracer goes all the same.
    drop((tracer, backend));
    assert_eq!(sent(&requests.recv_timeout(LONG).unwrap().body).len(), 1);
}

/// What the program's own reporter is told.
#[derive(Default)]
struct Told(Mutex<Vec<&'static str>>);

impl Told {
    fn add(&self, what: &'static str) {
        self.0.lock().unwrap().push(what);
    }
}

impl Reporter for Told {
    fn report(&self, _: &FinishedSpan<'_>) {
        self.add("span");
    }

    fn flush(&self, _: Duration) -> Result<(), FlushError> {
        self.add("flush");
        Ok(())
    }

    fn attached(&self) {
        self.add("attached");
    }

    fn detached(&self) {
        self.add("detached");
    }
}

type Change = fn(Setup) -> Setup;

#[test]
fn what_is_behind_a_stage_is_told_everything_once() {
    // Whether a stage asks for a flush, too, is its own matter.
    let stages: [(Change, &[&str]); 4] = [
        (|setup| setup, &["flush", "flush"]),
        (|setup| setup.stage(Plain), &["flush", "flush"]),
        (|setup| setup.stage(Tail::new), &["flush", "flush", "flush"]),
        (
            |setup| setup.stage(Tail::new).stage(Plain).stage(Tail::new),
            &["flush", "flush"],
        ),
    ];
    for (stage, flushes) in stages {
        let told = Arc::new(Told::default());
        let setup = setup(&nobody(), &[("OTEL_TRACES_EXPORTER", "none")]);
        let backend = stage(setup.also(Arc::clone(&told))).build().unwrap();
        backend.tracer().span("a").start().finish();
        backend.flush(LONG).unwrap();
        backend.shutdown(LONG).unwrap();
        drop(backend);
        let told = told.0.lock().unwrap();
        let expected = [&["attached", "span"], flushes, &["detached"]].concat();
        assert_eq!(*told, expected);
    }
}

/// A stage may lend its spans to somebody who takes no joined ids; one that does not say is taken for such.
#[test]
fn ids_are_joined_only_if_the_stage_says_so() {
    let stages: [(bool, Change); 5] = [
        (true, |setup| setup),
        (false, |setup| {
            // Whatever the stage says.
            let none = setup.also(InMemoryReporter::new().join(false));
            none.stage(|_| InMemoryReporter::new())
        }),
        (true, |setup| setup.stage(Tail::new)),
        (false, |setup| setup.stage(Plain)),
        (false, |setup| {
            setup.stage(|next| {
                let elsewhere = InMemoryReporter::new().join(false);
                FanOut::new().and(next).and(elsewhere)
            })
        }),
    ];
    for (joins, stage) in stages {
        let setup = setup(&nobody(), &[("OTEL_TRACES_EXPORTER", "none")]);
        let setup = setup.also(InMemoryReporter::new());
        let tracer = stage(setup).build().unwrap().tracer();
        let mut caller = HashMap::<String, String>::new();
        tracer.inject(&tracer.span("call").kind(Kind::Client).start(), &mut caller);
        let caller = tracer.extract(&caller);
        let server = tracer.span("serve").kind(Kind::Server).continues(&caller);
        let id = caller.span_context().map(|it| it.span_id());
        assert_eq!(server.start().span_id() == id, joins);
    }
}

/// As one that keeps everything in a file of its own.
struct Wants(Arc<dyn Reporter>);

impl Reporter for Wants {
    fn report(&self, span: &FinishedSpan<'_>) {
        self.0.report(span);
    }

    fn wants_unsampled(&self) -> bool {
        true
    }
}

#[test]
fn who_wants_no_unsampled_spans_gets_none_from_a_stage() {
    let memory = InMemoryReporter::new();
    let vars = [
        ("OTEL_TRACES_EXPORTER", "none"),
        ("OTEL_TRACES_SAMPLER", "always_off"),
    ];
    let setup_of = || setup(&nobody(), &vars).also(memory.clone()).stage(Wants);
    let backend = setup_of().build().unwrap();
    backend.tracer().span("a").start().finish();
    assert!(memory.take().is_empty());
    // Nor does another stage.
    let told = Arc::new(Told::default());
    let tell = Arc::clone(&told);
    let backend = setup_of().stage(move |_| tell).build().unwrap();
    backend.tracer().span("a").start().finish();
    assert!(told.0.lock().unwrap().is_empty());
}

#[test]
fn a_stage_is_made_where_tracing_is_disabled_too() {
    let kept = Arc::new(Mutex::new(None));
    let keep = Arc::clone(&kept);
    let setup = setup(&nobody(), &[("OTEL_SDK_DISABLED", "true")]).stage(move |next| {
        let tail = Tail::new(next);
        *keep.lock().unwrap() = Some(tail.clone());
        tail
    });
    let _backend = setup.build().unwrap();
    assert!(kept.lock().unwrap().is_some());
}

#[test]
fn where_tracing_is_disabled_a_stage_says_nothing() {
    let memory = InMemoryReporter::new();
    let setup = setup("127.0.0.1:1", &[("OTEL_SDK_DISABLED", "true")]);
    let setup = setup.also(memory.clone()).stage(|next| Sums {
        next,
        count: Mutex::default(),
    });
    let backend = setup.build().unwrap();
    backend.tracer().span("a").start().finish();
    backend.flush(LONG).unwrap();
    backend.shutdown(LONG).unwrap();
    assert!(memory.take().is_empty());
}

#[test]
fn behind_a_stage_a_shutdown_in_an_outage_says_what_was_lost() {
    let backend = setup(&nobody(), &[]).stage(Tail::new).build().unwrap();
    backend.tracer().span("a").start().finish();
    let error = backend.shutdown(Duration::from_secs(1)).unwrap_err();
    assert_eq!((error.is_timeout(), error.lost_spans()), (false, 1));
    assert!(!backend.losses().is_empty());
}
