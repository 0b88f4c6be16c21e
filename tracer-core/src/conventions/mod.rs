//! The names of tags, in one table, and what they are called elsewhere.
//!
//! Layers write OpenTracing's names (and `http.route`). A backend that speaks the stable semantic
//! conventions asks [`mapping`] what to do with each; [`Conventions`] says, by group of names, which
//! of both is wanted.
//!
//! ```
//! use tracer_core::conventions::{self, Action, Convention, Conventions};
//!
//! let chosen = Conventions::from_opt_in("http,rpc/dup");
//! assert_eq!((chosen.http, chosen.rpc), (Convention::Otel, Convention::Both));
//! let mapping = conventions::mapping("http.status_code").unwrap();
//! assert_eq!(mapping.action, Action::Rename("http.response.status_code"));
//! assert_eq!(chosen.of(mapping.group), Convention::Otel);
//! ```

mod choice;
mod known;
mod table;

pub use choice::{Convention, Conventions, UnknownConvention};
pub use known::Known;
pub use table::*;
