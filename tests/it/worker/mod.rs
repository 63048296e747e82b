//! What runs by itself, and the ways out of the house.

mod campaign;
pub mod courier;
mod instances;
mod killed;
mod refused;
mod stuck;
mod transport;
