//! A mail as its reader sees it. Decodes what was really on the wire; shares no code with what built it.

use data_encoding::BASE64_MIME_PERMISSIVE;

/// One mail.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The recipient of the envelope.
    pub to: String,
    /// The decoded subject.
    pub subject: String,
    /// The name before the sender's address, decoded.
    pub from: String,
    /// The Message-ID with its brackets.
    pub message_id: String,
    /// Where its reader ends such letters with one press, and what is posted there.
    pub unsubscribe: (String, String),
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// Where an answer goes, as on the wire; empty when nothing is said.
    pub reply_to: String,
    /// Pictures that travel with the HTML part: what it names each by, and its bytes.
    pub pictures: Vec<(String, Vec<u8>)>,
}

impl Mail {
    /// Reads a message.
    pub fn read(to: &str, bytes: &[u8]) -> Self {
        let message = String::from_utf8(bytes.to_vec()).expect("a message is plain ASCII");
        let (head, body) = message.split_once("\r\n\r\n").expect("a head and a body");
        let kind = header(head, "Content-Type");
        let boundary = kind.split('"').nth(1).expect("a quoted boundary");
        let mark = format!("--{boundary}");
        let mut parts = body.split(&mark).skip(1).map(part);
        let (text, html) = (parts.next().expect("a text part"), parts.next().expect("an HTML part"));
        let (html, pictures) =
            if html.1.is_empty() { related(&html.0) } else { (words_of(&html), Vec::new()) };
        let text = words_of(&text);
        Self {
            to: to.to_owned(),
            subject: words(&header(head, "Subject")),
            from: words(&header(head, "From")),
            message_id: header(head, "Message-ID"),
            unsubscribe: (header(head, "List-Unsubscribe"), header(head, "List-Unsubscribe-Post")),
            text,
            html,
            reply_to: header(head, "Reply-To"),
            pictures,
        }
    }

    /// The text part on one line, so that words are found wherever the lines were broken.
    pub fn flat(&self) -> String {
        self.text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The secrets of the survey links in it, in order.
    pub fn survey_tokens(&self) -> Vec<String> {
        self.text
            .split("/s/")
            .skip(1)
            .map(|rest| rest.chars().take_while(char::is_ascii_alphanumeric).collect())
            .collect()
    }

    /// The secret of its only survey link.
    #[track_caller]
    pub fn survey_token(&self) -> String {
        let tokens = self.survey_tokens();
        assert_eq!(tokens.len(), 1, "one link in {}", self.text);
        tokens[0].clone()
    }

    /// The address of the page where its reader chooses which letters they want.
    #[track_caller]
    pub fn letters_link(&self) -> String {
        let word = self.text.split_whitespace().find(|word| word.contains("/m/"));
        word.expect("a link to the choice of letters").to_owned()
    }

    /// The address of its sign-in link.
    #[track_caller]
    pub fn login_link(&self) -> String {
        let line = self.text.lines().find(|line| line.contains("/login/")).expect("a sign-in link");
        line.trim().to_owned()
    }
}

fn header(head: &str, name: &str) -> String {
    let mut value = None::<String>;
    for line in head.split("\r\n") {
        match &mut value {
            Some(value) if line.starts_with([' ', '\t']) => value.push_str(line),
            Some(_) => break,
            None => value = line.strip_prefix(&format!("{name}: ")).map(str::to_owned),
        }
    }
    value.unwrap_or_default()
}

/// Header text with its encoded words decoded.
fn words(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, word)) = rest.split_once("=?utf-8?b?") {
        let (code, after) = word.split_once("?=").expect("a whole encoded word");
        // Blanks between two encoded words are only folding.
        if !before.trim().is_empty() || out.is_empty() {
            out.push_str(before);
        }
        out.push_str(&String::from_utf8(BASE64_MIME_PERMISSIVE.decode(code.as_bytes()).unwrap()).unwrap());
        rest = after;
    }
    out + rest
}

/// The head of a part and its decoded bytes; of one that holds parts itself, all of it and none.
fn part(text: &str) -> (String, Vec<u8>) {
    let (head, body) = text.trim_start().split_once("\r\n\r\n").expect("a part's head and body");
    if header(head, "Content-Type").starts_with("multipart/") {
        return (text.to_owned(), Vec::new());
    }
    let bytes = match header(head, "Content-Transfer-Encoding").as_str() {
        "quoted-printable" => quoted_printable(body),
        "base64" => BASE64_MIME_PERMISSIVE.decode(body.as_bytes()).unwrap(),
        _ => body.as_bytes().to_vec(),
    };
    (head.to_owned(), bytes)
}

fn words_of(part: &(String, Vec<u8>)) -> String {
    String::from_utf8(part.1.clone()).unwrap().replace("\r\n", "\n")
}

/// The HTML of a part that holds it together with its pictures, and those pictures.
fn related(text: &str) -> (String, Vec<(String, Vec<u8>)>) {
    let (head, body) = text.trim_start().split_once("\r\n\r\n").expect("a head and parts");
    let kind = header(head, "Content-Type");
    assert!(kind.starts_with("multipart/related"), "{kind}");
    let named = kind.split("boundary=\"").nth(1).and_then(|own| own.split('"').next());
    let mark = format!("--{}", named.expect("a quoted boundary"));
    let mut parts = body.split(&mark).skip(1).filter(|part| !part.starts_with("--")).map(part);
    let html = words_of(&parts.next().expect("an HTML part"));
    let named = |(head, bytes): (String, Vec<u8>)| {
        assert_eq!(header(&head, "Content-Type"), "image/png");
        assert!(header(&head, "Content-Disposition").starts_with("inline"));
        (header(&head, "Content-ID").trim_matches(['<', '>']).to_owned(), bytes)
    };
    (html, parts.map(named).collect())
}

fn quoted_printable(text: &str) -> Vec<u8> {
    let joined = text.replace("=\r\n", "");
    let mut out = Vec::new();
    let mut rest = joined.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'=' {
            let code = std::str::from_utf8(&after[..2]).unwrap();
            out.push(u8::from_str_radix(code, 16).unwrap());
            rest = &after[2..];
        } else {
            out.push(*first);
            rest = after;
        }
    }
    out
}
