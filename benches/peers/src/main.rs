//! What tracing costs with ours and with the peers. See `../README.md`.

use tracer_bench_peers::everybody;
use tracer_benches::table;

fn main() {
    table::everything(&everybody());
}
