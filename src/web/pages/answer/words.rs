//! Small numbers as words, for the headlines of the answer form.

/// How much is saved, as a headline.
pub(super) fn saved_headline(saved: usize, total: usize) -> String {
    match saved {
        0 => "Nothing is saved yet.".to_owned(),
        _ if saved == total => format!("All {} are saved.", counted(total, "answer")),
        1 => format!("One of {} is saved.", number(total)),
        _ => format!("{} of {} are saved.", capital(&number(saved)), number(total)),
    }
}

/// A small number as a word.
pub(super) fn number(n: usize) -> String {
    const WORDS: [&str; 13] = [
        "none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
        "twelve",
    ];
    WORDS.get(n).map_or_else(|| n.to_string(), |word| (*word).to_owned())
}

/// "one question", "five questions".
pub(super) fn counted(n: usize, noun: &str) -> String {
    format!("{} {noun}{}", number(n), if n == 1 { "" } else { "s" })
}

/// The text with a capital in front.
pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
