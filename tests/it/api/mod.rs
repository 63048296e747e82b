//! The REST interface as programs meet it, over a real socket. [`crate::support::api`] checks every answer against the
//! document.

mod agreed;
mod audit;
mod basics;
mod bounces;
mod cadences;
mod charts;
mod cycles;
mod demo_stories;
mod drift;
mod imports;
mod matrix;
mod matrix_table;
mod members;
mod metrics;
mod partnerships;
mod portfolio;
mod proposals;
mod races;
mod readme;
mod responses;
mod reviews;
mod scorecards;
mod speed;
