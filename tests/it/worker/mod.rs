//! What runs by itself, and the ways out of the house.

mod aborted;
mod campaign;
pub mod courier;
mod faults;
mod instances;
mod killed;
mod races;
mod real_server;
mod refused;
mod stuck;
mod transport;
