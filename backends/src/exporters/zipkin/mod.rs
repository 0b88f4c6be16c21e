//! Zipkin, without a detour.

#[cfg_attr(feature = "zipkin", path = "on.rs")]
#[cfg_attr(not(feature = "zipkin"), path = "off.rs")]
mod face;

pub(super) use face::plan;
