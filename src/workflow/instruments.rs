//! Publishes the instruments that come with the program.

use chrono::{DateTime, Utc};

use super::{Context, Refusal};
use crate::domain::instrument::Instrument;
use crate::store::{StoreError, instruments};

const FILES: [(&str, &str); 2] = [
    ("quarterly-health-review", include_str!("../../config/instruments/quarterly-health-review.toml")),
    ("light-check", include_str!("../../config/instruments/light-check.toml")),
];

/// The instruments of the embedded data files, checked.
///
/// # Errors
/// A sentence that names the file; a test reads them all.
pub fn embedded() -> Result<Vec<Instrument>, StoreError> {
    FILES
        .iter()
        .map(|(name, text)| {
            let read: Instrument = toml::from_str(text).map_err(|e| StoreError::unreadable(name, e))?;
            read.validate().map_err(|e| StoreError::unreadable(name, e))?;
            Ok(read)
        })
        .collect()
}

/// Publishes them; versions that are published already stay as they are.
pub async fn publish_embedded(ctx: &Context, now: DateTime<Utc>) -> Result<(), Refusal> {
    let all = embedded()?;
    Ok(ctx
        .store
        .write_tx(move |conn| all.iter().try_for_each(|one| instruments::publish(conn, one, now)))
        .await?)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_instruments_that_come_with_the_program_are_valid() {
        let all = super::embedded().unwrap();
        assert_eq!(all.iter().map(|i| i.indicators.len()).collect::<Vec<_>>(), [5, 4]);
        assert!(all[0].primary && !all[1].primary);
    }
}
