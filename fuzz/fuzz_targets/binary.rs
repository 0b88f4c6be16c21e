//! The binary carrier.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tracer_recording::propagation::binary;

fuzz_target!(|data: &[u8]| {
    let Some(context) = binary::read(data) else {
        return;
    };
    let written = binary::write(&context);
    assert_eq!(binary::read(&written), Some(context));
    // Ids stand where the layout says.
    assert_eq!(data.get(..27), written.get(..27));
});
