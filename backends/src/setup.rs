//! From variables, and what the program says beside them, to a backend.

use std::fmt;
use std::io::Write;
use std::net::IpAddr;
use std::sync::Arc;

use tracer_core::conventions::Conventions;
use tracer_recording::{Builder, Reporter, Sampler};

use crate::console::ConsoleExporter;
use crate::error::ConfigError;
use crate::problems::Problems;
use crate::settings::Settings;
use crate::staged::Stage;
use crate::vars::Vars;

/// What is used if `OTEL_TRACES_EXPORTER` is unset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhenUnset {
    /// A line for each span on standard output.
    #[default]
    Console,
    /// No exporter. Spans still reach what [`Setup::also`] adds.
    Nothing,
    /// Zipkin.
    Zipkin,
    /// OTLP, as OpenTelemetry has it.
    Otlp,
}

/// The backend to be: what the variables say, and what the program adds.
///
/// What is said in code wins, except where the method's name has `default` or `when_unset` in it.
///
/// ```
/// use tracer_backends::{Setup, WhenUnset};
/// use tracer_recording::InMemoryReporter;
///
/// let memory = InMemoryReporter::new();
/// let backend = Setup::from_vars([("OTEL_TRACES_EXPORTER", "none")])?
///     .service_name("gateway")
///     .when_unset(WhenUnset::Nothing)
///     .also(memory.clone())
///     .build()?;
///
/// # use tracer_core::TracerExt;
/// backend.tracer().span("job").start().finish();
/// assert_eq!(memory.spans()[0].service(), "gateway");
/// # Ok::<(), tracer_backends::ConfigError>(())
/// ```
#[must_use]
pub struct Setup {
    pub(crate) vars: Vars,
    pub(crate) settings: Settings,
    pub(crate) problems: Problems,
    pub(crate) service: Option<String>,
    pub(crate) default_service: Option<String>,
    pub(crate) when_unset: WhenUnset,
    pub(crate) console: Option<ConsoleExporter>,
    pub(crate) also: Vec<Arc<dyn Reporter>>,
    pub(crate) stages: Vec<Stage>,
    pub(crate) sampler: Option<Arc<dyn Sampler>>,
    pub(crate) ip: Option<IpAddr>,
    pub(crate) port: Option<u16>,
    pub(crate) configure: Option<Configure>,
}

type Configure = Box<dyn FnOnce(Builder) -> Builder>;

impl Setup {
    /// Reads the variables of the process.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for a wrong value of a variable that chooses: exporter, propagators, sampler.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(Vars::from_env(), Problems::strict())
    }

    /// As [`from_env`](Self::from_env), from these variables instead of the environment's. Only
    /// `OTEL_EXPORTER_OTLP_COMPRESSION` and its variant for traces count there, too: OpenTelemetry's exporter
    /// reads them itself.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn from_vars<N, V>(vars: impl IntoIterator<Item = (N, V)>) -> Result<Self, ConfigError>
    where
        N: Into<String>,
        V: Into<String>,
    {
        Self::read(vars.into_iter().collect(), Problems::strict())
    }

    /// Reads the variables of the process; wrong values are warned about and ignored, as
    /// OpenTelemetry has it. An exporter that cannot be built is left out, and a service without a
    /// name is called [`unknown_service`](tracer_recording::unknown_service).
    pub fn from_env_lenient() -> Self {
        Self::read_lenient(Vars::from_env())
    }

    /// As [`from_env_lenient`](Self::from_env_lenient), from these variables.
    pub fn from_vars_lenient<N, V>(vars: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<String>,
        V: Into<String>,
    {
        Self::read_lenient(vars.into_iter().collect())
    }

    fn read(vars: Vars, mut problems: Problems) -> Result<Self, ConfigError> {
        let settings = Settings::read(&vars, &mut problems)?;
        Ok(Self::new(vars, settings, problems))
    }

    fn read_lenient(vars: Vars) -> Self {
        let mut problems = Problems::lenient();
        let settings = Settings::read(&vars, &mut problems);
        // Leniency has turned every error into a warning.
        Self::new(vars, settings.unwrap_or_default(), problems)
    }

    fn new(vars: Vars, settings: Settings, problems: Problems) -> Self {
        Self {
            vars,
            settings,
            problems,
            service: None,
            default_service: None,
            when_unset: WhenUnset::default(),
            console: None,
            also: Vec::new(),
            stages: Vec::new(),
            sampler: None,
            ip: None,
            port: None,
            configure: None,
        }
    }

    /// The name of the service, whatever `OTEL_SERVICE_NAME` says.
    pub fn service_name(mut self, name: impl Into<String>) -> Self {
        self.service = Some(name.into());
        self
    }

    /// The name of the service if no variable gives one.
    pub fn default_service_name(mut self, name: impl Into<String>) -> Self {
        self.default_service = Some(name.into());
        self
    }

    /// Something that is known about the service, in the place of what `OTEL_RESOURCE_ATTRIBUTES`
    /// says. Zipkin has no place for it; OTLP has. `service.name` names the service, whatever
    /// `OTEL_SERVICE_NAME` says, unless [`service_name`](Self::service_name) does.
    pub fn resource_attribute(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.resource.set(key.into(), value.into());
        self
    }

    /// What is used if `OTEL_TRACES_EXPORTER` is unset; the console unless said.
    pub fn when_unset(mut self, what: WhenUnset) -> Self {
        self.when_unset = what;
        self
    }

    /// Where the console prints, if it is chosen: for programs whose standard output is for something
    /// else.
    pub fn console_to(mut self, out: impl Write + Send + 'static) -> Self {
        self.console = Some(ConsoleExporter::to(out));
        self
    }

    /// Under which names tags are written: what `OTEL_SEMCONV_STABILITY_OPT_IN` says. For encoders of
    /// the program's own.
    pub fn conventions(&self) -> Conventions {
        self.settings.conventions
    }

    /// Lends every span to this reporter too. [`Backend::shutdown`](crate::Backend::shutdown) flushes it; what
    /// it loses is not in [`Backend::losses`](crate::Backend::losses).
    pub fn also(mut self, reporter: impl Reporter + 'static) -> Self {
        self.also.push(Arc::new(reporter));
        self
    }

    /// Puts a stage before everything that receives spans, what [`also`](Self::also) adds included. It is given
    /// where they went before. Of several the first one sees them first, as in tower's `ServiceBuilder`. One of the
    /// program's own need hand on no more than spans: flushes and the end reach what is behind it without it. One
    /// that holds spans back hands them on when it is flushed, whatever those behind it answer to a flush: at
    /// [`shutdown`](crate::Backend::shutdown) they cannot tell yet what is delivered. Ids are joined only if it
    /// [says](Reporter::supports_join) that they may be, and what is behind it gets spans that are not sampled only
    /// if both [want](Reporter::wants_unsampled) them.
    /// Where tracing is disabled it is made, too, and gets nothing.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use tracer_backends::Setup;
    /// use tracer_recording::stages::{Handled, Tail, Verdict};
    ///
    /// let setup = Setup::from_vars([("OTEL_TRACES_EXPORTER", "zipkin")])?
    ///     .stage(|next| Tail::new(next).slower_than(Duration::from_secs(2)))
    ///     .stage(|next| {
    ///         Handled::new(next).handler(|span| {
    ///             span.remove_tag("user.email");
    ///             Verdict::Report
    ///         })
    ///     });
    /// # Ok::<(), tracer_backends::ConfigError>(())
    /// ```
    pub fn stage<R: Reporter + 'static>(
        mut self,
        stage: impl FnOnce(Arc<dyn Reporter>) -> R + 'static,
    ) -> Self {
        self.stages
            .push(Box::new(|next| Arc::new(stage(next)) as Arc<dyn Reporter>));
        self
    }

    /// Who decides about new traces, whatever `OTEL_TRACES_SAMPLER` says.
    pub fn sampler(mut self, sampler: impl Sampler + 'static) -> Self {
        self.sampler = Some(Arc::new(sampler));
        self
    }

    /// The address of the service, in Zipkin's `localEndpoint`. Unless said, that of the interface
    /// which leads to other networks.
    pub fn ip(mut self, ip: IpAddr) -> Self {
        self.ip = Some(ip);
        self
    }

    /// The port of the service, in Zipkin's `localEndpoint`.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Changes the tracer after everything else was set: for what has no variable.
    ///
    /// ```
    /// use tracer_backends::Setup;
    ///
    /// let setup = Setup::from_vars([("OTEL_SERVICE_NAME", "gateway")])?
    ///     .configure(|tracer| tracer.trace_id_64());
    /// # Ok::<(), tracer_backends::ConfigError>(())
    /// ```
    pub fn configure(mut self, change: impl FnOnce(Builder) -> Builder + 'static) -> Self {
        self.configure = Some(match self.configure.take() {
            None => Box::new(change),
            Some(before) => Box::new(|tracer| change(before(tracer))),
        });
        self
    }
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup")
            .field("vars", &self.vars)
            .field("settings", &self.settings)
            .field("service", &self.service)
            .field("when_unset", &self.when_unset)
            .finish_non_exhaustive()
    }
}
