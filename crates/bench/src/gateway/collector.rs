//! A collector that takes whatever it is told of, and looks at nothing.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// Serves until it is dropped.
pub(super) async fn serve(listener: TcpListener) {
    while let Ok((socket, _)) = listener.accept().await {
        let connection =
            http1::Builder::new().serve_connection(TokioIo::new(socket), service_fn(take));
        tokio::spawn(connection);
    }
}

/// Reads all of it, as a collector would, and says that it has it.
async fn take(told: Request<Incoming>) -> Result<Response<Empty<Bytes>>, hyper::Error> {
    let mut told = told.into_body();
    while let Some(piece) = told.frame().await {
        piece?;
    }
    Ok(Response::new(Empty::new()))
}
