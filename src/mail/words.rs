//! Small words that several letters share: counts and lists as people write them.

/// `1 minute`, `3 minutes`: the number with its noun, an `s` added for any number but one.
pub(super) fn count(number: u32, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular_and_all_else_plural() {
        assert_eq!([count(0, "flag"), count(1, "flag"), count(2, "flag")], ["0 flags", "1 flag", "2 flags"]);
    }
}
