//! Puts a backend together.

use std::fmt::Write as _;
use std::sync::Arc;

use tracer_recording::propagation::Format;
use tracer_recording::{
    BatchReporter, FanOut, NullReporter, Propagation, RecordingTracer, Reporter,
};

use crate::backend::{Backend, Queue};
use crate::batch::Batching;
use crate::error::ConfigError;
use crate::exporters::{self, Context, Name, Planned};
use crate::line::Plain;
use crate::local_address;
use crate::problems::Problems;
use crate::setup::{Setup, WhenUnset};
use crate::staged::{Stage, Staged};

impl Setup {
    /// The backend.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if the service has no name, or an exporter cannot be built as the variables
    /// ask: its feature is not compiled in, its endpoint is none.
    pub fn build(mut self) -> Result<Backend, ConfigError> {
        let service = service(&mut self)?;
        let queues = queues(&mut self)?;
        let description = describe(&self, &service, &queues);

        let receivers: Vec<Arc<dyn Reporter>> = queues
            .iter()
            .map(|queue| -> Arc<dyn Reporter> { Arc::clone(&queue.reporter) as _ })
            .chain(self.also.iter().cloned())
            .collect();
        let receivers = fan_out(&receivers);
        let (reporter, stages) = stage(self.stages, receivers, self.settings.disabled);
        let sampler = self.sampler;
        let named = || self.settings.sampler.unwrap_or_default();
        let sampler = sampler.unwrap_or_else(|| named().sampler(&service));
        let mut propagation = Propagation::builder();
        if let Some(formats) = &self.settings.propagators {
            let formats = || formats.iter().copied();
            propagation = propagation
                .extract(formats())
                .inject(formats())
                .inject_messages(formats());
        }
        let mut tracer = RecordingTracer::builder(service, reporter)
            .sampler(sampler)
            .propagation(propagation.build())
            .limits(self.settings.limits)
            .disabled(self.settings.disabled)
            .address(self.ip.or_else(local_address::find), self.port);
        if let Some(change) = self.configure {
            tracer = change(tracer);
        }
        Ok(Backend {
            tracer: Arc::new(tracer.build()),
            queues,
            stages,
            also: self.also,
            description,
            warnings: self.problems.warnings().to_vec(),
        })
    }
}

/// What the tracer reports to, and the stages that are in it.
fn stage(
    stages: Vec<Stage>,
    receivers: Arc<dyn Reporter>,
    disabled: bool,
) -> (Arc<dyn Reporter>, Option<Arc<Staged>>) {
    if disabled {
        // Who keeps a handle of a stage gets it; where nothing is recorded stages have nothing to say.
        drop(Staged::new(stages, Arc::new(NullReporter)));
        return (receivers, None);
    }
    if stages.is_empty() {
        return (receivers, None);
    }
    let staged = Arc::new(Staged::new(stages, receivers));
    (Arc::clone(&staged) as _, Some(staged))
}

/// One reporter needs no fan-out.
fn fan_out(reporters: &[Arc<dyn Reporter>]) -> Arc<dyn Reporter> {
    match reporters {
        [only] => Arc::clone(only),
        several => Arc::new(several.iter().cloned().collect::<FanOut>()),
    }
}

fn service(setup: &mut Setup) -> Result<String, ConfigError> {
    let names = [
        setup.service.take(),
        setup.settings.resource.service.take(),
        setup.default_service.take(),
    ];
    let mut names = names
        .into_iter()
        .flatten()
        .map(|name| name.trim().to_owned());
    if let Some(name) = names.find(|name| !name.is_empty()) {
        return Ok(name);
    }
    // Who records nothing needs no name.
    if !setup.settings.disabled {
        let ignored = setup.settings.resource.ignored.as_deref();
        let missing = Err(ConfigError::no_service_name(ignored));
        setup.problems.choice::<()>(missing)?;
    }
    Ok(tracer_recording::unknown_service())
}

fn queues(setup: &mut Setup) -> Result<Vec<Queue>, ConfigError> {
    if setup.settings.disabled {
        return Ok(Vec::new());
    }
    let names = match &setup.settings.exporters {
        Some(names) => names.clone(),
        None => {
            let name = match setup.when_unset {
                WhenUnset::Console => Some(Name::Console),
                WhenUnset::Nothing => None,
                WhenUnset::Zipkin => Some(Name::Zipkin),
                WhenUnset::Otlp => Some(Name::Otlp),
            };
            exporters::warn_of_endpoints(&setup.vars, name, &mut setup.problems);
            Vec::from_iter(name)
        }
    };
    let mut context = Context {
        vars: &setup.vars,
        conventions: setup.settings.conventions,
        resource: &setup.settings.resource.attributes,
        console: setup.console.take(),
    };
    let mut queues = Vec::new();
    for name in names {
        let planned = plan(name, &mut context, &mut setup.problems)?;
        queues.extend(planned.map(|planned| queue(name, planned, &setup.settings.batching)));
    }
    Ok(queues)
}

fn plan(
    name: Name,
    context: &mut Context<'_>,
    problems: &mut Problems,
) -> Result<Option<Planned>, ConfigError> {
    let planned = name.plan(context, problems);
    problems.choice(planned)
}

fn queue(name: Name, planned: Planned, batching: &Batching) -> Queue {
    let (name, to) = (name.as_str(), planned.exporter.describe());
    let description = if to == name {
        to
    } else {
        format!("{name} {}", Plain(&to))
    };
    let mut reporter =
        BatchReporter::builder(planned.exporter).timeout(batching.shorten(planned.timeout));
    if let Some(spans) = batching.queue {
        reporter = reporter.queue_spans(spans);
    }
    if let Some(bytes) = batching.queue_bytes() {
        reporter = reporter.queue_bytes(bytes);
    }
    if let Some(spans) = batching.batch {
        reporter = reporter.batch_spans(spans);
    }
    if let Some(interval) = batching.interval.or(planned.interval) {
        reporter = reporter.interval(interval);
    }
    Queue {
        description,
        reporter: Arc::new(reporter.build()),
    }
}

fn describe(setup: &Setup, service: &str, queues: &[Queue]) -> String {
    let settings = &setup.settings;
    let mut text = format!("{}: ", Plain(service));
    if settings.disabled {
        text.push_str("tracing is off (OTEL_SDK_DISABLED)");
    } else {
        let mut to: Vec<_> = queues.iter().map(|queue| &*queue.description).collect();
        if !setup.also.is_empty() {
            to.push("the program's own reporter");
        }
        let to = if to.is_empty() {
            "nowhere".to_owned()
        } else {
            to.join(", ")
        };
        let through = match setup.stages.len() {
            0 => "",
            1 => " through a stage of the program's own",
            _ => " through stages of the program's own",
        };
        let sampler = match &setup.sampler {
            Some(_) => "the program's own".to_owned(),
            None => settings.sampler.clone().unwrap_or_default().to_string(),
        };
        // Writing into a string cannot fail.
        let _ = write!(text, "spans go to {to}{through}; sampler {sampler}");
    }
    if let Some(formats) = &settings.propagators {
        let names: Vec<_> = formats.iter().map(|format| format_name(*format)).collect();
        let names = if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        };
        let _ = write!(text, "; propagators {names}");
    }
    text
}

fn format_name(format: Format) -> &'static str {
    match format {
        Format::B3 => "b3",
        Format::B3Multi => "b3multi",
        Format::TraceContext => "tracecontext",
        Format::Baggage => "baggage",
        Format::Jaeger => "jaeger",
        _ => "another",
    }
}
