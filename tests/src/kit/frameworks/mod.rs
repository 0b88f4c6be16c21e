//! The frameworks of this workspace.

mod actix;
mod axum;

pub use actix::Actix;
pub use axum::Axum;
