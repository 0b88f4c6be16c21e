//! A service with its backend, over real sockets, while the collector misbehaves. In each case:
//! requests are unharmed (beside the same service without tracing, in the same run), memory is
//! flat, every span is answered for, none comes twice, spans flow again without a restart, and the
//! log stays quiet.
//!
//! `cargo test --release -p tracer-tests --test fault -- --nocapture` prints the figures of
//! `docs/reliability.md`.

mod case;
mod collector;
mod figures;
mod limits;
mod load;
mod log_lines;
mod outages;
mod restart;
mod serve;
mod shutdown;
mod statuses;
