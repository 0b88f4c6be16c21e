//! The recording engine behind tracer-core: tracer, samplers, propagation formats, batching, in-memory and fan-out reporters.
