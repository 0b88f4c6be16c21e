//! Credentials pass every adapter in every usual place, with every header asked for by name. None of
//! them is found in any byte that an exporter makes.

mod calls;
mod exported;
mod places;
mod requests;
mod rpc;
