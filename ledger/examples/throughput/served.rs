//! The program `ledger` as clients meet it: one process or several on one database.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use costrict_credit::domain::time::Millis;
use ledger::ledger::Ledger;

use crate::{Measured, Plan, clients};

/// A running process, ended with this value.
pub struct Served {
    child: Child,
    pub url: String,
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts the program that was built beside this one; `None` where there is none.
pub fn serve(place: &str) -> Option<Served> {
    let program = std::env::current_exe().ok()?.parent()?.parent()?.join("ledger");
    let mut command = Command::new(program);
    command.args(["serve", "--database", place]).env("LEDGER_LOG", "error").stdout(Stdio::piped());
    let mut child = command.spawn().ok()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take()?).read_line(&mut line).ok()?;
    let url = line.trim().strip_prefix("listening on ")?.to_owned();
    Some(Served { child, url })
}

/// Charged chat requests; each client has its account and its process.
pub async fn deductions(
    database: &'static str,
    place: &str,
    ledger: &Ledger,
    accounts: &[String],
    processes: usize,
    plan: &Plan,
) -> Option<Measured> {
    let served: Vec<Served> = (0..processes).map(|_| serve(place)).collect::<Option<_>>()?;
    let mut tokens = Vec::new();
    for account in accounts {
        tokens.push(ledger.token(account, Millis::days(1)).await.unwrap());
    }
    let body = r#"{"model":"GLM-4.6","messages":[{"role":"user","content":"hello"}]}"#;
    let what = format!("deductions over HTTP, processes: {processes}");
    let make = |number: usize| {
        let url = format!("{}/chat-rag/api/v1/chat/completions", served[number % processes].url);
        let request = reqwest::Client::new().post(url).bearer_auth(&tokens[number]).header("x-quota-identity", "user");
        let request = request.body(body);
        move || {
            let request = request.try_clone().unwrap();
            async move { assert!(request.send().await.unwrap().text().await.unwrap().contains("chatcmpl-")) }
        }
    };
    Some(clients(database, what, plan, make).await)
}

/// Requests that need no database: what HTTP alone costs, both ends of it.
pub async fn without_database(database: &'static str, place: &str, plan: &Plan) -> Option<Measured> {
    let served = serve(place)?;
    let make = |_| {
        let request = reqwest::Client::new().get(format!("{}/ai-gateway/api/v1/models", served.url));
        move || {
            let request = request.try_clone().unwrap();
            async move { assert!(!request.send().await.unwrap().bytes().await.unwrap().is_empty()) }
        }
    };
    Some(clients(database, "list of models over HTTP".into(), plan, make).await)
}
