//! Whatever the wall clock does, the times of one trace fit together. A model runs a random tree of
//! spans under a clock that is stepped back and forth and compares what was reported.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use proptest::prelude::*;
use tracer_core::{End, Extracted, OpenSpan, Sampling, SpanContext, SpanId, TraceId, Tracer};
use tracer_core::{Kind, Parent, SpanStart, Tag, TracerExt};
use tracer_recording::{InMemoryReporter, ManualClock, OwnedSpan, RecordingTracer};

const HOUR: u64 = 3_600_000_000_000;

/// What happens between two reads of the clock.
#[derive(Clone, Debug)]
enum Step {
    Advance(u64),
    /// The wall clock is set to this time.
    Set(u64),
    /// A root, or a child of the open span that this index picks.
    Start(Option<usize>),
    /// A new local root below a remote caller.
    Serve,
    Log(usize),
    Finish(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let pick = any::<usize>();
    let step = prop_oneof![
        4 => (1..HOUR).prop_map(Step::Advance),
        2 => (0..4 * HOUR).prop_map(Step::Set),
        4 => prop::option::weighted(0.9, pick).prop_map(Step::Start),
        1 => Just(Step::Serve),
        2 => pick.prop_map(Step::Log),
        3 => pick.prop_map(Step::Finish),
    ];
    prop::collection::vec(step, 1..60)
}

/// An open span and what the model knows of it: elapsed time, which no step of the wall changes.
struct Open {
    span: OpenSpan,
    started: u64,
    logs: Vec<u64>,
    root: SpanId,
    parent: Option<SpanId>,
}

/// The truth about a finished span, in elapsed nanoseconds.
struct Truth {
    started: u64,
    ended: u64,
    logs: Vec<u64>,
    root: SpanId,
    parent: Option<SpanId>,
}

struct Model {
    tracer: RecordingTracer,
    clock: ManualClock,
    elapsed: u64,
    open: Vec<Open>,
    done: HashMap<SpanId, Truth>,
    walls: HashMap<SpanId, u64>,
}

impl Model {
    fn start(&mut self, parent: Option<usize>) {
        let parent = parent.and_then(|pick| self.open.get(pick % self.open.len().max(1)));
        let span = match parent {
            Some(parent) => self.tracer.span("child").child_of(&parent.span).start(),
            None => self.tracer.span("root").root().start(),
        };
        let id = span.span_id().unwrap();
        let (root, parent) = match parent {
            Some(parent) => (parent.root, parent.span.span_id()),
            None => (id, None),
        };
        self.add(span, root, parent);
    }

    fn serve(&mut self) {
        let trace = TraceId::new(1).unwrap();
        let caller = SpanContext::new(trace, SpanId::random(), Sampling::Record);
        let extracted = Extracted::context(caller, false);
        let start = SpanStart::new("GET".into())
            .kind(Kind::Server)
            .parent(Parent::Remote(&extracted));
        let span = self.tracer.start_span(start);
        let id = span.span_id().unwrap();
        self.add(span, id, None);
    }

    fn add(&mut self, span: OpenSpan, root: SpanId, parent: Option<SpanId>) {
        let id = span.span_id().unwrap();
        if root == id {
            self.walls
                .insert(id, tracer_recording::Clock::wall(&self.clock));
        }
        self.open.push(Open {
            span,
            started: self.elapsed,
            logs: Vec::new(),
            root,
            parent,
        });
    }

    fn run(&mut self, step: &Step) {
        match *step {
            Step::Advance(nanos) => {
                self.clock.advance(Duration::from_nanos(nanos));
                self.elapsed += nanos;
            }
            Step::Set(wall) => self.clock.set_wall(wall),
            Step::Start(parent) => self.start(parent),
            Step::Serve => self.serve(),
            Step::Log(_) | Step::Finish(_) if self.open.is_empty() => {}
            Step::Log(pick) => {
                let count = self.open.len();
                if let Some(open) = self.open.get_mut(pick % count) {
                    open.span.log(&[Tag::new("event", "x")]);
                    open.logs.push(self.elapsed);
                }
            }
            Step::Finish(pick) => {
                let open = self.open.swap_remove(pick % self.open.len());
                self.finish(open);
            }
        }
    }

    fn finish(&mut self, open: Open) {
        let truth = Truth {
            started: open.started,
            ended: self.elapsed,
            logs: open.logs,
            root: open.root,
            parent: open.parent,
        };
        self.done.insert(open.span.span_id().unwrap(), truth);
        open.span.finish();
    }

    fn check(&self, spans: &[OwnedSpan]) {
        let by_id: HashMap<_, _> = spans.iter().map(|s| (s.context.span_id(), s)).collect();
        assert_eq!(by_id.len(), self.done.len());
        for (id, truth) in &self.done {
            let span = by_id[id];
            let root = by_id[&truth.root];
            let root_truth = &self.done[&truth.root];
            assert_eq!(
                root.start, self.walls[&truth.root],
                "read once, at the root"
            );
            assert_eq!(span.duration, truth.ended - truth.started);
            assert_eq!(span.start - root.start, truth.started - root_truth.started);
            let logs: Vec<u64> = span.logs.iter().map(|(at, _)| at - root.start).collect();
            let expected = truth.logs.iter().map(|at| at - root_truth.started);
            assert_eq!(logs, expected.collect::<Vec<_>>());
            if let Some(parent) = truth.parent {
                assert!(by_id[&parent].start <= span.start);
            }
        }
    }
}

proptest! {
    #[test]
    fn a_trace_is_measured_from_its_local_root(wall in 0..4 * HOUR, steps in steps()) {
        let (spans, clock) = (InMemoryReporter::new(), ManualClock::at(wall));
        let tracer = RecordingTracer::builder("shop", spans.clone()).clock(clock.clone()).build();
        let mut model = Model {
            tracer,
            clock,
            elapsed: 0,
            open: Vec::new(),
            done: HashMap::new(),
            walls: HashMap::new(),
        };
        steps.iter().for_each(|step| model.run(step));
        for open in std::mem::take(&mut model.open) {
            model.finish(open);
        }
        model.check(&spans.take());
    }

    #[test]
    fn told_times_are_bent_only_as_far_as_they_must(
        root in times(), child in times(), grandchild in times(), wall in 0..2 * HOUR,
    ) {
        let (spans, clock) = (InMemoryReporter::new(), ManualClock::at(wall));
        let tracer = RecordingTracer::builder("shop", spans.clone()).clock(clock).build();
        let [first, second, third] = [root, child, grandchild];
        let open = |name, parent: Option<&OpenSpan>, (start, _): Times| {
            let builder = tracer.span(name);
            let builder = match parent {
                Some(parent) => builder.child_of(parent),
                None => builder.root(),
            };
            match start {
                Some(at) => builder.start_time(time(at)).start(),
                None => builder.start(),
            }
        };
        let root = open("root", None, first);
        let child = open("child", Some(&root), second);
        let grandchild = open("grandchild", Some(&child), third);
        for (span, (_, end)) in [(grandchild, third), (child, second), (root, first)] {
            span.finish_with(End { at: end.map(time), ..End::default() });
        }
        let spans = spans.take();
        let floor = first.0.unwrap_or(wall);
        for (span, (start, end)) in spans.iter().zip([third, second, first]) {
            let start = start.unwrap_or(wall).max(floor);
            prop_assert_eq!(span.start, start, "none before its local root");
            let end = end.unwrap_or(wall);
            prop_assert_eq!(span.duration, end.saturating_sub(start), "none negative");
        }
    }
}

/// Start and end; `None` is now.
type Times = (Option<u64>, Option<u64>);

fn times() -> impl Strategy<Value = Times> {
    let at = || prop::option::of(0..2 * HOUR);
    (at(), at())
}

fn time(nanos: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_nanos(nanos)
}
