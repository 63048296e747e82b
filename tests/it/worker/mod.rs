//! What runs by itself, and the ways out of the house.

mod aborted;
mod away;
mod campaign;
pub mod courier;
mod faults;
mod frozen;
mod instances;
mod killed;
mod races;
mod real_server;
mod refused;
mod stuck;
mod transport;
