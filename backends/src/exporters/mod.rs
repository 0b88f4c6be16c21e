//! Which exporters: `OTEL_TRACES_EXPORTER`. Each has a module with one function `plan`; where its
//! feature is off, that function says so.

mod otel_zipkin;
mod otlp;
mod zipkin;

use std::time::Duration;

use tracer_core::conventions::Conventions;
use tracer_recording::Exporter;

use crate::console::ConsoleExporter;
use crate::error::ConfigError;
use crate::problems::Problems;
use crate::vars::Vars;

const VARIABLE: &str = "OTEL_TRACES_EXPORTER";
const NONE: &str = "none";
const NAMES: [(&str, Name); 4] = [
    ("zipkin", Name::Zipkin),
    ("otlp", Name::Otlp),
    ("otel-zipkin", Name::OtelZipkin),
    ("console", Name::Console),
];

/// The time for one upload unless said otherwise.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Nobody who watches a console wants to wait for a full second.
const CONSOLE_INTERVAL: Duration = Duration::from_millis(100);

/// An exporter, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    Zipkin,
    Otlp,
    OtelZipkin,
    Console,
}

/// What an exporter may want to know.
#[cfg_attr(
    not(all(feature = "zipkin", feature = "otlp")),
    allow(dead_code, reason = "each exporter wants to know something else")
)]
pub(crate) struct Context<'a> {
    pub(crate) vars: &'a Vars,
    pub(crate) conventions: Conventions,
    /// Attributes, without the name of the service.
    pub(crate) resource: &'a [(String, String)],
    /// In the place of the one that prints to standard output.
    pub(crate) console: Option<ConsoleExporter>,
}

/// An exporter, and how its queue is to be run unless a variable says otherwise.
pub(crate) struct Planned {
    pub(crate) exporter: Box<dyn Exporter>,
    /// For one upload.
    pub(crate) timeout: Duration,
    pub(crate) interval: Option<Duration>,
}

/// `None` if nothing is chosen, an empty list if nothing is to be exported.
pub(crate) fn read(vars: &Vars, problems: &mut Problems) -> Result<Option<Vec<Name>>, ConfigError> {
    let Some(value) = vars.list(VARIABLE) else {
        return Ok(None);
    };
    let items = value.split(',').map(str::trim);
    let items: Vec<_> = items.filter(|item| !item.is_empty()).collect();
    if items.iter().any(|item| item.eq_ignore_ascii_case(NONE)) {
        return match items.len() {
            1 => Ok(Some(Vec::new())),
            _ => problems.choice(Err(ConfigError::wrong(
                VARIABLE,
                value,
                "none cannot stand beside others",
            ))),
        };
    }
    let mut names = Vec::new();
    for item in items {
        let name = problems.choice(Name::parse(item))?;
        names.extend(name.filter(|name| !names.contains(name)));
    }
    Ok((!names.is_empty()).then_some(names))
}

/// Where nothing is chosen, an endpoint alone chooses nothing either; elsewhere the default is OTLP, so that
/// many set no more.
pub(crate) fn warn_of_endpoints(vars: &Vars, default: Option<Name>, problems: &mut Problems) {
    for (variable, exporter) in [
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", Name::Otlp),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", Name::Otlp),
        ("OTEL_EXPORTER_ZIPKIN_ENDPOINT", Name::Zipkin),
    ] {
        if default != Some(exporter) && vars.get(variable).is_some() {
            let exporter = exporter.as_str();
            problems.warn(format!("{variable}: not used unless {VARIABLE}={exporter}"));
        }
    }
}

/// What is not a URL, though it looks like one to whoever reads the file in which it stands.
#[cfg_attr(
    not(any(feature = "zipkin", feature = "otlp", feature = "otel-zipkin")),
    allow(dead_code, reason = "nobody has an endpoint")
)]
fn unquoted(variable: &'static str, endpoint: &str) -> Result<(), ConfigError> {
    match endpoint.starts_with(['"', '\'']) {
        true => Err(ConfigError::secret(
            variable,
            "its quotation marks are a part of the value",
        )),
        false => Ok(()),
    }
}

impl Name {
    fn parse(text: &str) -> Result<Self, ConfigError> {
        let known = NAMES
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(text));
        known.map(|(_, name)| *name).ok_or_else(|| {
            let allowed: Vec<_> = NAMES.iter().map(|(name, _)| *name).chain([NONE]).collect();
            ConfigError::unknown(VARIABLE, text, &allowed)
        })
    }

    /// As in the variable.
    pub(crate) fn as_str(self) -> &'static str {
        let known = NAMES.iter().find(|(_, name)| *name == self);
        known.map_or(NONE, |(text, _)| text)
    }

    pub(crate) fn plan(
        self,
        context: &mut Context<'_>,
        problems: &mut Problems,
    ) -> Result<Planned, ConfigError> {
        match self {
            Self::Zipkin => zipkin::plan(context, problems),
            Self::Console => Ok(Planned {
                exporter: Box::new(context.console.take().unwrap_or_default()),
                timeout: TIMEOUT,
                interval: Some(CONSOLE_INTERVAL),
            }),
            Self::Otlp => otlp::plan(context, problems),
            Self::OtelZipkin => otel_zipkin::plan(context, problems),
        }
    }
}

/// The error for an exporter whose feature is off.
#[cfg_attr(
    all(feature = "zipkin", feature = "otlp", feature = "otel-zipkin"),
    allow(dead_code, reason = "everything is there")
)]
fn missing(name: Name, feature: &str) -> ConfigError {
    ConfigError::needs(VARIABLE, name.as_str(), feature)
}
