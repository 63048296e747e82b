//! The domain, compiled alone from the files of the program.
//!
//! Law: nothing is written here twice. The domain's paths are the same as in the program, so that what is counted is what runs.

#[path = "../../src/domain/mod.rs"]
pub mod domain;

/// As much of the workflows as the invented people of the benches ask for.
pub mod workflow {
    /// The instruments that come with the program.
    pub mod instruments {
        use crate::domain::instrument::Instrument;

        /// The quarterly review.
        ///
        /// # Errors
        /// When the file is no instrument.
        pub fn embedded() -> Result<Vec<Instrument>, toml::de::Error> {
            Ok(vec![toml::from_str(include_str!("../../config/instruments/quarterly-health-review.toml"))?])
        }
    }
}
