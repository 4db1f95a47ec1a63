//! The bodies of the transfers and of a merge, as gin binds them and the validator checks them, in their words.

use super::Refusal;
use crate::golang::json::{Json, decode, names};
use crate::golang::time::Time;

/// A transfer-out that passed the checks.
#[derive(Clone, Debug, PartialEq)]
pub struct OutOrder {
    pub receiver_id: String,
    pub lines: Vec<OutLine>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OutLine {
    pub amount: f64,
    pub expires: Time,
}

/// A merge that passed the checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeOrder {
    pub main_user_id: String,
    pub other_user_id: String,
}

fn invalid_body(reason: &str) -> Refusal {
    Refusal::bad_request(format!("Invalid request body: {reason}"))
}

/// Filling a struct from JSON. A wrong type is noted and the rest is read on; the first one noted is the answer.
struct Binding {
    struct_name: &'static str,
    type_error: Option<String>,
}

impl Binding {
    fn new(struct_name: &'static str) -> Binding {
        Binding { struct_name, type_error: None }
    }

    fn note(&mut self, value: &str, field: &str, wanted: &str) {
        let place = if field.is_empty() { "Go value".to_owned() } else { format!("Go struct field {field}") };
        self.type_error.get_or_insert(format!("json: cannot unmarshal {value} into {place} of type {wanted}"));
    }

    /// The fields of the body's object; null fills nothing.
    fn fields<'a>(&mut self, body: &'a Json, type_name: &str) -> &'a [(String, Json)] {
        match body {
            Json::Object(fields) => fields,
            Json::Null => &[],
            other => {
                self.note(other.kind(), "", type_name);
                &[]
            }
        }
    }

    /// A string field, `path` of the struct.
    fn text(&mut self, value: &Json, path: &str, into: &mut String) {
        match value {
            Json::Text { value, .. } => into.clone_from(value),
            Json::Null => {}
            other => self.note(other.kind(), &format!("{}.{path}", self.struct_name), "string"),
        }
    }

    fn done(self) -> Result<(), Refusal> {
        match self.type_error {
            Some(reason) => Err(invalid_body(&reason)),
            None => Ok(()),
        }
    }
}

/// A line as it was bound, before the checks.
#[derive(Clone, Copy, Default)]
struct RawLine {
    amount: f64,
    expires: Option<Time>,
}

/// A slice that is bound. A list that is named twice is read into the places of the first one, so that a field that the
/// second leaves out keeps what it had; a place that was given up and is taken again has its old content.
#[derive(Default)]
struct RawLines {
    places: Vec<RawLine>,
    /// `None`: a nil slice.
    length: Option<usize>,
}

impl RawLines {
    fn into_lines(mut self) -> Option<Vec<RawLine>> {
        self.places.truncate(self.length?);
        Some(self.places)
    }
}

/// Reads a transfer-out. `local_s`: seconds east of UTC of the server's zone.
pub fn bind_transfer_out(body: &[u8], local_s: i32) -> Result<OutOrder, Refusal> {
    let json = decode(body).map_err(|reason| invalid_body(&reason))?;
    let mut binding = Binding::new("TransferOutRequestRaw");
    let (mut receiver_id, mut lines) = (String::new(), RawLines::default());
    for (key, value) in binding.fields(&json, "handlers.TransferOutRequestRaw") {
        if names(key, "receiver_id") {
            binding.text(value, "receiver_id", &mut receiver_id);
        } else if names(key, "quota_list") {
            bind_lines(&mut binding, value, local_s, &mut lines)?;
        }
    }
    binding.done()?;
    // Only after the binding: of what is sent the receiver alone is trimmed.
    let receiver_id = receiver_id.trim().to_owned();
    check_transfer_out(receiver_id, lines.into_lines())
}

const LIST_FIELD: &str = "TransferOutRequestRaw.quota_list";

fn bind_lines(binding: &mut Binding, value: &Json, local_s: i32, into: &mut RawLines) -> Result<(), Refusal> {
    match value {
        Json::Null => *into = RawLines::default(),
        Json::List(values) if values.is_empty() => *into = RawLines { places: Vec::new(), length: Some(0) },
        Json::List(values) => {
            if into.places.len() < values.len() {
                into.places.resize(values.len(), RawLine::default());
            }
            for (value, line) in values.iter().zip(&mut into.places) {
                bind_line(binding, value, local_s, line)?;
            }
            into.length = Some(values.len());
        }
        other => binding.note(other.kind(), LIST_FIELD, "[]services.TransferQuotaItem"),
    }
    Ok(())
}

fn bind_line(binding: &mut Binding, value: &Json, local_s: i32, line: &mut RawLine) -> Result<(), Refusal> {
    const AMOUNT: &str = "TransferQuotaItem.quota_list.amount";
    let fields = match value {
        Json::Object(fields) => fields.as_slice(),
        Json::Null => return Ok(()),
        other => {
            binding.note(other.kind(), LIST_FIELD, "services.TransferQuotaItem");
            return Ok(());
        }
    };
    for (key, value) in fields {
        if names(key, "amount") {
            match value {
                Json::Number(text) => match text.parse::<f64>() {
                    Ok(number) if number.is_finite() => line.amount = number,
                    _ => binding.note(&format!("number {text}"), AMOUNT, "float64"),
                },
                Json::Null => {}
                other => binding.note(other.kind(), AMOUNT, "float64"),
            }
        } else if names(key, "expiry_date") {
            match value {
                // A time reads itself: what it says ends the reading.
                Json::Text { raw, .. } => {
                    line.expires = Some(Time::parse(raw, local_s).map_err(|reason| invalid_body(&reason))?);
                }
                Json::Null => {}
                _ => return Err(invalid_body("Time.UnmarshalJSON: input is not a JSON string")),
            }
        }
    }
    Ok(())
}

/// The validator's checks, whose complaints this route puts into its own words.
fn check_transfer_out(receiver_id: String, lines: Option<Vec<RawLine>>) -> Result<OutOrder, Refusal> {
    let mut wrong = Vec::new();
    if receiver_id.is_empty() {
        wrong.push("receiver_i_d: ReceiverID is required");
    } else if !is_uuid(&receiver_id) {
        wrong.push("receiver_i_d: ReceiverID must be a valid UUID format");
    }
    match &lines {
        None => wrong.push("quota_list: QuotaList is required"),
        Some(lines) if lines.is_empty() => wrong.push("quota_list: QuotaList must be at least 1 characters"),
        Some(_) => {}
    }
    let mut checked = Vec::new();
    for line in lines.unwrap_or_default() {
        // The zero with a sign is a zero too.
        if line.amount == 0.0 {
            wrong.push("amount: Amount is required");
        } else if line.amount < 0.0 {
            wrong.push("amount: Amount is invalid");
        }
        match line.expires.filter(|expires| !expires.is_zero()) {
            Some(expires) => checked.push(OutLine { amount: line.amount, expires }),
            None => wrong.push("expiry_date: ExpiryDate is required"),
        }
    }
    if wrong.is_empty() {
        Ok(OutOrder { receiver_id, lines: checked })
    } else {
        Err(Refusal::bad_request(wrong.join("; ")))
    }
}

/// Reads a transfer-in: the voucher's code.
pub fn bind_transfer_in(body: &[u8]) -> Result<String, Refusal> {
    let json = decode(body).map_err(|reason| invalid_body(&reason))?;
    let mut binding = Binding::new("TransferInRequest");
    let mut code = String::new();
    for (key, value) in binding.fields(&json, "services.TransferInRequest") {
        if names(key, "voucher_code") {
            binding.text(value, "voucher_code", &mut code);
        }
    }
    binding.done()?;
    let length = code.chars().count();
    let tag = match length {
        0 => "required",
        1..10 => "min",
        10..=2_000 => return Ok(code),
        _ => "max",
    };
    Err(invalid_body(&failed("TransferInRequest", "VoucherCode", tag)))
}

/// The validator's own words.
fn failed(struct_name: &str, field: &str, tag: &str) -> String {
    format!("Key: '{struct_name}.{field}' Error:Field validation for '{field}' failed on the '{tag}' tag")
}

/// Reads a merge of accounts.
pub fn bind_merge(body: &[u8]) -> Result<MergeOrder, Refusal> {
    let json = decode(body).map_err(|reason| invalid_body(&reason))?;
    let mut binding = Binding::new("MergeQuotaRequest");
    let (mut main_user_id, mut other_user_id) = (String::new(), String::new());
    for (key, value) in binding.fields(&json, "services.MergeQuotaRequest") {
        if names(key, "main_user_id") {
            binding.text(value, "main_user_id", &mut main_user_id);
        } else if names(key, "other_user_id") {
            binding.text(value, "other_user_id", &mut other_user_id);
        }
    }
    binding.done()?;
    let tag = |id: &str| match id {
        "" => Some("required"),
        id if is_uuid(id) => None,
        _ => Some("uuid"),
    };
    let wrong: Vec<String> = [("MainUserID", &main_user_id), ("OtherUserID", &other_user_id)]
        .into_iter()
        .filter_map(|(field, id)| tag(id).map(|tag| failed("MergeQuotaRequest", field, tag)))
        .collect();
    if wrong.is_empty() { Ok(MergeOrder { main_user_id, other_user_id }) } else { Err(invalid_body(&wrong.join("\n"))) }
}

/// The id in the path of the operators' record.
pub fn check_path_id(id: &str) -> Result<(), Refusal> {
    if is_uuid(id) {
        return Ok(());
    }
    Err(Refusal::bad_request(format!("Invalid user_id: {}", failed("UserIDUri", "UserID", "uuid"))))
}

/// Whether a text is a UUID to the servers: 36 characters in lower case. One id has one spelling.
pub fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCAL: i32 = 8 * 3_600;
    const ID: &str = "2b0d7b3d-cb6d-41d1-9f0f-4bb6dbc9a1ce";

    #[track_caller]
    fn refused<T: std::fmt::Debug>(result: Result<T, Refusal>) -> String {
        result.unwrap_err().message
    }

    #[test]
    fn wrong_types_are_named_with_their_place() {
        for (body, reason) in [
            (r#"{"receiver_id":5}"#, "number into Go struct field TransferOutRequestRaw.receiver_id of type string"),
            (r#""x""#, "string into Go value of type handlers.TransferOutRequestRaw"),
            (
                r#"{"quota_list":{}}"#,
                "object into Go struct field TransferOutRequestRaw.quota_list of type []services.TransferQuotaItem",
            ),
            (
                r#"{"quota_list":[7]}"#,
                "number into Go struct field TransferOutRequestRaw.quota_list of type services.TransferQuotaItem",
            ),
            (
                r#"{"quota_list":[{"amount":"1"}],"receiver_id":true}"#,
                "string into Go struct field TransferQuotaItem.quota_list.amount of type float64",
            ),
        ] {
            let message = refused(bind_transfer_out(body.as_bytes(), LOCAL));
            assert_eq!(message, format!("Invalid request body: json: cannot unmarshal {reason}"), "{body}");
        }
        assert_eq!(
            refused(bind_transfer_out(br#"{"receiver_id":5,"quota_list":[{"expiry_date":5}]}"#, LOCAL)),
            "Invalid request body: Time.UnmarshalJSON: input is not a JSON string"
        );
    }

    #[test]
    fn what_is_missing_or_out_of_range_is_listed() {
        let line = |amount: &str| format!(r#"{{"amount":{amount},"expiry_date":"2026-12-05T23:59:59+08:00"}}"#);
        let body = |id: &str, lines: &str| format!(r#"{{"receiver_id":"{id}","quota_list":[{lines}]}}"#);
        let message = |id: &str, lines: &str| refused(bind_transfer_out(body(id, lines).as_bytes(), LOCAL));
        assert_eq!(message(ID, &line("-0.0")), "amount: Amount is required");
        assert_eq!(message(ID, &line("1e-400")), "amount: Amount is required");
        assert_eq!(message(ID, &line("-1e-300")), "amount: Amount is invalid");
        assert_eq!(message(ID, "null"), "amount: Amount is required; expiry_date: ExpiryDate is required");
        assert_eq!(message(&ID.to_uppercase(), &line("1")), "receiver_i_d: ReceiverID must be a valid UUID format");
        assert_eq!(message("  ", &line("1")), "receiver_i_d: ReceiverID is required");
        let spaced = bind_transfer_out(body(&format!("  {ID} "), &line("1e-7")).as_bytes(), LOCAL).unwrap();
        assert_eq!((spaced.receiver_id.as_str(), spaced.lines[0].amount), (ID, 1e-7));
    }

    #[test]
    fn a_list_that_is_named_twice_is_read_into_the_first_one() {
        let line = |amount: &str| format!(r#"{{"amount":{amount},"expiry_date":"2026-12-05T23:59:59+08:00"}}"#);
        let read = |lists: &str| {
            let body = format!(r#"{{"receiver_id":"{ID}",{lists},"note":[{{}}]}}"#);
            bind_transfer_out(body.as_bytes(), LOCAL)
        };
        let amounts = |lists: &str| -> Vec<f64> { read(lists).unwrap().lines.iter().map(|line| line.amount).collect() };
        let two = format!(r#""quota_list":[{},{}]"#, line("1"), line("2"));
        assert_eq!(amounts(&format!(r#"{two},"quota_list":[{{"amount":3}}]"#)), [3.0]);
        assert_eq!(amounts(&format!(r#"{two},"Quota_List":[null,{{"amount":4,"amount":null}}]"#)), [1.0, 4.0]);
        assert_eq!(amounts(&format!(r#"{two},"quota_list":[{{}}],"quota_list":[{{}},{{}}]"#)), [1.0, 2.0]);
        for emptied in ["[]", "null"] {
            let lists = format!(r#"{two},"quota_list":{emptied},"quota_list":[{{"amount":3}}]"#);
            assert_eq!(refused(read(&lists)), "expiry_date: ExpiryDate is required", "{emptied}");
        }
    }

    #[test]
    fn the_other_bodies_are_refused_in_the_validators_words() {
        for (body, tag) in [("{}", "required"), (r#"{"voucher_code":"short"}"#, "min")] {
            let expected = format!("Invalid request body: {}", failed("TransferInRequest", "VoucherCode", tag));
            assert_eq!(refused(bind_transfer_in(body.as_bytes())), expected);
        }
        assert_eq!(
            refused(bind_transfer_in(b"[]")),
            "Invalid request body: json: cannot unmarshal array into Go value of type services.TransferInRequest"
        );
        let merge = format!(r#"{{"main_user_id":"{ID}","other_user_id":"x"}}"#);
        let expected = format!("Invalid request body: {}", failed("MergeQuotaRequest", "OtherUserID", "uuid"));
        assert_eq!(refused(bind_merge(merge.as_bytes())), expected);
    }
}
