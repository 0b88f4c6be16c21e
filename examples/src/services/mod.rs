//! The three services of the demo. No line here names a backend.

pub mod gateway;
pub mod orders;
pub mod stock;
