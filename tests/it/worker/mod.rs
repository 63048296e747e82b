//! What runs by itself, and the ways out of the house.

mod courier;
mod killed;
mod transport;
