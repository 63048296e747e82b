//! The hello route: the least that a request can cost with the web library that the program uses, as a process of its own.
//!
//! `GET /hello` answers a small JSON, `GET /static/N` a ready body of N bytes. As many workers as the program has.

use std::net::SocketAddr;

use actix_web::web::{Bytes, Path};
use actix_web::{App, HttpResponse, HttpServer, web};
use anyhow::Result;

const SMALL: &str = r#"{"status":"ok","partnership":"P00000","score":4.1,"rating":"green"}"#;
/// The largest static body.
const LARGEST: usize = 8 << 20;

/// Serves until it is killed.
pub fn serve(address: SocketAddr) -> Result<()> {
    let body: &'static [u8] = Box::leak(vec![b'x'; LARGEST].into_boxed_slice());
    let ready = move |length: Path<usize>| async move {
        let length = length.into_inner().min(LARGEST);
        HttpResponse::Ok().content_type("application/json").body(Bytes::from_static(&body[..length]))
    };
    actix_web::rt::System::new().block_on(async move {
        HttpServer::new(move || {
            App::new().route("/hello", web::get().to(hello)).route("/static/{length}", web::get().to(ready))
        })
        .workers(std::thread::available_parallelism().map_or(2, std::num::NonZero::get))
        .bind(address)?
        .run()
        .await
    })?;
    Ok(())
}

async fn hello() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(SMALL)
}
