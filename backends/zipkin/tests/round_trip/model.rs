//! What a reader of either encoding sees.

use std::collections::BTreeMap;
use std::net::IpAddr;

#[derive(Debug, Default, PartialEq)]
pub(crate) struct Model {
    pub(crate) trace_id: String,
    pub(crate) parent_id: Option<String>,
    pub(crate) id: String,
    pub(crate) kind: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) timestamp: Option<u64>,
    pub(crate) duration: Option<u64>,
    pub(crate) local: Option<Side>,
    pub(crate) remote: Option<Side>,
    /// A time of zero is none.
    pub(crate) annotations: Vec<(u64, String)>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) debug: bool,
    pub(crate) shared: bool,
}

#[derive(Debug, Default, PartialEq)]
pub(crate) struct Side {
    pub(crate) name: Option<String>,
    pub(crate) ip: Option<IpAddr>,
    pub(crate) port: Option<u16>,
}
