//! Evenkeel.
pub mod app;
pub mod cli;
pub mod clock;
pub mod demo;
pub mod domain;
pub mod mail;
pub mod secrets;
pub mod settings;
pub mod store;
pub mod telemetry;
pub mod web;
pub mod worker;
pub mod workflow;
