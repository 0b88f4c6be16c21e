//! What each variable does, by the documents of the demo. No test changes the environment.

mod disabled;
mod exporters;
mod lenient;
#[cfg(feature = "otlp")]
mod otlp;
mod propagators;
#[cfg(feature = "remote-sampling")]
mod remote_sampling;
mod samplers;
mod service;
mod support;
mod zipkin;
