//! The demo while it serves on.

use std::error::Error;
use std::process::Command;

use crate::ends::{answer, ask};
use crate::program::Program;

#[test]
fn whoever_tries_it_sees_the_call_chain() -> Result<(), Box<dyn Error>> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_demo"));
    for variable in ["GATEWAY_ADDR", "ORDERS_ADDR", "STOCK_ADDR"] {
        command.env(variable, "127.0.0.1:0");
    }
    let demo = Program::spawn("demo", &mut command)?;
    let address = demo.line_after("gateway  on http://")?;
    demo.line_after("Serving on.")?;
    for _ in 0..2 {
        let said = answer(ask(&address, "/checkout/tea")?)?;
        assert!(said.starts_with("HTTP/1.1 200"), "{said}");
        // Those of the first requests stand before the hint.
        demo.line_after("trace ")?;
        for hop in ["gateway SERVER", "orders SERVER", "stock SERVER"] {
            demo.line_with(hop)?;
        }
    }
    Ok(())
}
