//! Replies as the server and the gateways in front of it write them.

use costrict_credit::ports::ApiReply;
use serde_json::json;

pub fn reply(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> ApiReply {
    ApiReply { status, headers: vec![("content-type".into(), kind.into())], body: body.into() }
}

pub fn page(status: u16) -> ApiReply {
    reply(status, "text/html; charset=utf-8", "<html><body><h1>openresty</h1></body></html>")
}

pub fn error_reply(status: u16, code: &str, message: &str) -> ApiReply {
    reply(status, "application/json", json!({"code": code, "message": message, "success": false}).to_string())
}

pub fn success(data: &str) -> ApiReply {
    let body = format!(r#"{{"code":"quota-manager.success","message":"ok","success":true,"data":{data}}}"#);
    reply(200, "application/json", body)
}
