//! `evenkeel check-config`: says what is in force, and tries it.

use super::{Failure, code};
use crate::app;
use crate::clock::real_now;
use crate::domain::ids::LetterId;
use crate::domain::partnership::EmailAddress;
use crate::mail::{Line, Mail, Reader, Test, mime};
use crate::settings::Settings;

pub(super) async fn run(settings: Settings, send_test: Option<String>) -> Result<(), Failure> {
    let transport = app::transport(&settings).map_err(|e| Failure::new(code::CONFIG, e.to_string()))?;
    println!("Database   {}", without_password(&settings.database_url()));
    println!("Key file   {}", settings.key_file().display());
    println!("Listens on {}, reached at {}", settings.http.bind, settings.http.public_url);
    println!("Mail       {}, from {}", transport.describe(), settings.mail.from);
    let operator = &settings.instance.operator;
    println!("Run by     {}", if operator.is_empty() { "(not set: `serve` will refuse)" } else { operator });
    let ctx = super::open(settings).await?;
    println!("Database and key fit together (key {}).", ctx.key.fingerprint());
    let Some(address) = send_test else { return Ok(()) };
    let to = EmailAddress::parse(&address).map_err(|e| Failure::new(code::USAGE, e.to_string()))?;
    let bytes = test_mail(&ctx, &to).map_err(|e| Failure::new(code::DATA, e.to_string()))?;
    match transport.send(&ctx.settings.mail.from, to.as_str(), &bytes).await {
        Ok(sent) => {
            println!("The relay took the test mail: {}", sent.reply);
            Ok(())
        }
        Err(error) => {
            let reply = error.reply();
            let told = if reply.is_empty() { error.to_string() } else { format!("{error}: {reply}") };
            Err(Failure::new(code::TEMPORARY, format!("the test mail was not sent: {told}")))
        }
    }
}

fn test_mail(ctx: &crate::workflow::Context, to: &EmailAddress) -> Result<Vec<u8>, mime::MimeError> {
    let zone = ctx.settings.instance.zone.rsplit('/').next().unwrap_or("UTC").replace('_', " ");
    let mail = Mail::Test(Test { reader: Reader { name: Line::new(""), zone_name: Line::new(&zone) } });
    let rendered = mail.render(&crate::workflow::compose::house(ctx));
    let id = LetterId::mint_random().to_string();
    mime::build(&mime::Draft {
        from_name: "Evenkeel",
        from_address: &ctx.settings.mail.from,
        to_name: "",
        to_address: to.as_str(),
        reply_to: None,
        rendered: &rendered,
        date: real_now(),
        message_id: &mime::message_id(&id, &ctx.settings.mail.from),
        boundary: &mime::boundary(&id),
        unsubscribe: None,
    })
}

/// A database address that may be printed.
pub(super) fn without_password(address: &str) -> String {
    match url::Url::parse(address) {
        Ok(mut url) if url.password().is_some() => {
            let _set = url.set_password(Some("…"));
            url.to_string()
        }
        _ => address.to_owned(),
    }
}
