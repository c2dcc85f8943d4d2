//! The exporter as a program: started, asked over HTTP, and stopped.

mod config;
mod pages;
mod probes;
mod process;
mod support;
