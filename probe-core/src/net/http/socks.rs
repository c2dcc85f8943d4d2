//! A connection through a SOCKS proxy.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{HttpError, Proxy};
use crate::net::stream::BoxStream;
use crate::wire::socks5::{self, SocksError};

/// Asks the proxy at the other end of `stream` for a connection to a host.
pub(super) async fn open(
    stream: &mut BoxStream,
    proxy: &Proxy,
    host: &str,
    port: u16,
) -> Result<(), HttpError> {
    let user = proxy.user.as_ref();
    let chosen = ask::<2>(stream, &socks5::greeting(user.is_some())).await?;
    if socks5::choice(chosen)? == socks5::USER_NAME {
        let Some(user) = user else { return Err(SocksError::Authentication.into()) };
        let answer = ask::<2>(stream, &socks5::credentials(&user.name, user.password())?).await?;
        socks5::accepted(answer)?;
    }
    let beginning = ask::<5>(stream, &socks5::connect(host, port)?).await?;
    let mut rest = vec![0; socks5::rest_of_answer(beginning)?];
    stream.read_exact(&mut rest).await.map_err(broken)?;
    Ok(())
}

async fn ask<const N: usize>(stream: &mut BoxStream, bytes: &[u8]) -> Result<[u8; N], HttpError> {
    stream.write_all(bytes).await.map_err(HttpError::Io)?;
    stream.flush().await.map_err(HttpError::Io)?;
    let mut answer = [0; N];
    stream.read_exact(&mut answer).await.map_err(broken)?;
    Ok(answer)
}

fn broken(error: io::Error) -> HttpError {
    if error.kind() == io::ErrorKind::UnexpectedEof { HttpError::Closed } else { HttpError::Io(error) }
}
