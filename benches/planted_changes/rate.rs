//! A rate over independent histories, with what chance leaves open of it.

use std::fmt;

/// A mean over histories.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rate {
    count: f64,
    sum: f64,
    squares: f64,
}

impl Rate {
    /// Takes in one history.
    pub fn add(&mut self, value: f64) {
        self.count += 1.0;
        self.sum += value;
        self.squares += value * value;
    }

    pub fn mean(&self) -> f64 {
        self.sum / self.count
    }

    /// The standard error of the mean.
    fn error(&self) -> f64 {
        let variance = (self.squares - self.sum * self.sum / self.count) / (self.count - 1.0);
        (variance / self.count).max(0.0).sqrt()
    }

    /// As per cent.
    pub fn percent(&self) -> Shown {
        Shown { mean: 100.0 * self.mean(), error: 100.0 * self.error() }
    }

    /// As a plain number.
    pub fn plain(&self) -> Shown {
        Shown { mean: self.mean(), error: self.error() }
    }
}

/// A mean and its standard error; the precision of the format is that of the mean.
pub struct Shown {
    mean: f64,
    error: f64,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(2);
        write!(f, "{:.digits$} ± {:.digits$}", self.mean, self.error)
    }
}
