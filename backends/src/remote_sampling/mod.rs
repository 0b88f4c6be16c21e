//! Sampling as a collector says.

#[cfg_attr(feature = "remote-sampling", path = "on.rs")]
#[cfg_attr(not(feature = "remote-sampling"), path = "off.rs")]
mod face;

pub(crate) use face::Remote;
