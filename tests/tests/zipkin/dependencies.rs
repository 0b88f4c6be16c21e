//! The dependency graph.

use tracer_recording::Exporter;

use crate::server::{links, trace};
use crate::services::{Chain, Headers};

/// Every call of the chain is counted once, and every failed one as an error.
pub(crate) fn calls_and_errors_are_counted<E: Exporter + 'static>(exporter: impl Fn() -> E) {
    let chain = Chain::new(exporter);
    let fails = [false, true, false, false, true];
    let traces = fails.map(|fails| chain.request(&Headers::new(), fails));
    chain.flush();
    for id in traces {
        trace(id, 6);
    }
    let [gateway, orders, stock] =
        [&chain.gateway, &chain.orders, &chain.stock].map(|service| service.name.clone());
    let database = &chain.database;
    let expected = [
        format!("{gateway} -> {orders} 5 2"),
        format!("{orders} -> {stock} 5 2"),
        format!("{stock} -> {database} 5 2"),
    ];
    assert_eq!(links(&[gateway, orders, stock, database.clone()]), expected);
}
