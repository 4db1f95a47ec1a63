//! The canned answer of a chat request. The ledger is no model: the same request always gets the same text, with
//! token counts that follow from the lengths.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use costrict_credit::domain::time::Timestamp;
use futures_util::stream;
use serde::{Deserialize, Serialize};

use super::reply::events;

/// The parts of a chat request that matter here.
#[derive(Clone, Debug)]
pub struct ChatRequest {
    pub model: String,
    pub stream: bool,
    /// Characters of all messages.
    pub chars: usize,
    pub images: bool,
    /// The last message of the user.
    pub last: String,
}

#[derive(Deserialize)]
struct RequestBody {
    model: String,
    messages: Vec<Message>,
    #[serde(default)]
    stream: Option<bool>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    role: String,
    #[serde(default)]
    content: Option<Content>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Deserialize)]
struct Part {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    text: Option<String>,
}

impl ChatRequest {
    /// Parses the body; the error names the missing or wrong part.
    pub fn parse(bytes: &[u8]) -> Result<ChatRequest, String> {
        let body: RequestBody = serde_json::from_slice(bytes).map_err(|reason| reason.to_string())?;
        if body.model.is_empty() {
            return Err("model: must not be empty".to_owned());
        }
        if body.messages.is_empty() {
            return Err("messages: must not be empty".to_owned());
        }
        let mut request = ChatRequest {
            model: body.model,
            stream: body.stream == Some(true),
            chars: 0,
            images: false,
            last: String::new(),
        };
        for message in body.messages {
            let text = match message.content {
                None => String::new(),
                Some(Content::Text(text)) => text,
                Some(Content::Parts(parts)) => {
                    request.images |= parts.iter().any(|part| part.kind.starts_with("image"));
                    parts.into_iter().filter_map(|part| part.text).collect::<Vec<_>>().join("\n")
                }
            };
            request.chars += text.chars().count();
            if message.role == "user" {
                request.last = text;
            }
        }
        Ok(request)
    }
}

/// The answer to a chat request.
#[derive(Clone, Debug)]
pub struct Completion {
    pub model: String,
    pub text: String,
    pub usage: Usage,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub struct Usage {
    pub prompt_tokens: i64,
    pub completion_tokens: i64,
    pub total_tokens: i64,
}

/// Characters of the request that the answer repeats.
const ECHO_MAX_CHARS: usize = 120;

impl Completion {
    pub fn reply_to(request: &ChatRequest, model: &str) -> Completion {
        let echo: String = request.last.chars().take(ECHO_MAX_CHARS).collect();
        let text = format!(
            "This is {model} as the local ledger plays it: no model answers here, but the credits are real. \
             You wrote {} characters, beginning with: {echo}",
            request.chars
        );
        let prompt_tokens = tokens(request.chars);
        let completion_tokens = tokens(text.chars().count());
        let usage = Usage { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
        Completion { model: model.to_owned(), text, usage }
    }

    pub fn total_tokens(&self) -> i64 {
        self.usage.total_tokens
    }
}

/// Four characters a token, rounded up.
fn tokens(chars: usize) -> i64 {
    i64::try_from(chars.div_ceil(4)).unwrap_or(i64::MAX / 4)
}

#[derive(Serialize)]
struct CompletionBody<'a, C> {
    id: &'a str,
    object: &'static str,
    created: i64,
    model: &'a str,
    choices: [C; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Usage>,
}

#[derive(Serialize)]
struct Choice<'a> {
    index: u32,
    message: AssistantMessage<'a>,
    finish_reason: &'static str,
}

#[derive(Serialize)]
struct AssistantMessage<'a> {
    role: &'static str,
    content: &'a str,
}

#[derive(Serialize)]
struct Chunk<'a> {
    index: u32,
    delta: Delta<'a>,
    finish_reason: Option<&'static str>,
}

#[derive(Serialize)]
struct Delta<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a str>,
}

/// The answer in one piece.
pub fn json_response(completion: &Completion, id: &str, at: Timestamp) -> Response {
    let message = AssistantMessage { role: "assistant", content: &completion.text };
    Json(CompletionBody {
        id,
        object: "chat.completion",
        created: at.whole_seconds(),
        model: &completion.model,
        choices: [Choice { index: 0, message, finish_reason: "stop" }],
        usage: Some(completion.usage),
    })
    .into_response()
}

/// The answer as server-sent events, one word an event; the last chunk has the usage.
pub fn event_stream(completion: &Completion, id: &str, at: Timestamp) -> Response {
    let event = |delta: Delta<'_>, finish_reason: Option<&'static str>, usage: Option<Usage>| {
        let answer = CompletionBody {
            id,
            object: "chat.completion.chunk",
            created: at.whole_seconds(),
            model: &completion.model,
            choices: [Chunk { index: 0, delta, finish_reason }],
            usage,
        };
        Bytes::from(format!("data: {}\n\n", serde_json::to_string(&answer).unwrap_or_default()))
    };
    let mut chunks = vec![event(Delta { role: Some("assistant"), content: Some("") }, None, None)];
    for words in completion.text.split_inclusive(' ') {
        chunks.push(event(Delta { role: None, content: Some(words) }, None, None));
    }
    chunks.push(event(Delta { role: None, content: None }, Some("stop"), Some(completion.usage)));
    chunks.push(Bytes::from_static(b"data: [DONE]\n\n"));
    events(Body::from_stream(stream::iter(chunks.into_iter().map(Ok::<_, std::convert::Infallible>))))
}
