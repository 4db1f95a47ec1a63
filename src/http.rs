//! [`Transport`] over reqwest, native and in wasm: the only user of reqwest.

use crate::ports::{ApiReply, ApiRequest, Method, Transport, TransportError};

/// No body beyond this is read.
const LARGEST_BODY: usize = 4 * 1024 * 1024;

/// The headers of a reply that the core reads.
const READ_HEADERS: &[&str] =
    &["content-type", "date", "retry-after", "x-ratelimit-reset", "etag", "age", "x-credit-charged", "x-select-llm"];

/// A connection pool; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Http {
    client: reqwest::Client,
}

impl Http {
    pub fn new() -> Http {
        Http::default()
    }
}

impl Transport for Http {
    async fn send(&self, base_url: &str, token: Option<&str>, request: ApiRequest) -> Result<ApiReply, TransportError> {
        let url = format!("{base_url}{}", request.path);
        let mut builder = match request.method {
            Method::Get => self.client.get(url),
            Method::Post => self.client.post(url),
        };
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        if let Some(token) = token {
            // A token with letters that no header can hold makes the request fail here, before it is sent.
            builder = builder.bearer_auth(token);
        }
        if let Some(body) = request.body {
            builder = builder.body(body);
        }
        let limit = u64::try_from(request.time_limit.0).unwrap_or(0);
        let response =
            builder.timeout(std::time::Duration::from_millis(limit)).send().await.map_err(|e| failure(&e))?;
        let status = response.status().as_u16();
        let header = |name: &&'static str| {
            let value = response.headers().get(*name)?.to_str().ok()?;
            Some(((*name).to_owned(), value.to_owned()))
        };
        let headers = READ_HEADERS.iter().filter_map(header).collect();
        if response.content_length().is_some_and(|length| length > LARGEST_BODY as u64) {
            return Err(TransportError::BodyTooLarge);
        }
        let body = read_body(response).await?;
        Ok(ApiReply { status, headers, body })
    }
}

/// Reads piece by piece, so that a body without a length does not fill the memory.
#[cfg(not(target_arch = "wasm32"))]
async fn read_body(mut response: reqwest::Response) -> Result<Vec<u8>, TransportError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| TransportError::NoAnswer)? {
        if body.len() + chunk.len() > LARGEST_BODY {
            return Err(TransportError::BodyTooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// In wasm reqwest reads a body whole, unless its feature for streams is on: the limit is checked after.
#[cfg(target_arch = "wasm32")]
async fn read_body(response: reqwest::Response) -> Result<Vec<u8>, TransportError> {
    let body = response.bytes().await.map_err(|_| TransportError::NoAnswer)?;
    if body.len() > LARGEST_BODY { Err(TransportError::BodyTooLarge) } else { Ok(body.to_vec()) }
}

/// Whether a failed request may have arrived. A browser does not tell, so there it always may.
fn failure(error: &reqwest::Error) -> TransportError {
    #[cfg(not(target_arch = "wasm32"))]
    if error.is_connect() {
        return TransportError::NotSent;
    }
    if error.is_builder() { TransportError::NotSent } else { TransportError::NoAnswer }
}
