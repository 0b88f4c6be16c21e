//! The three-service demo and one small program for each way of use.
