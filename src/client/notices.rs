//! Notices: due once per episode over all windows.

use super::identity::Bearer;
use super::{Client, Session};
use crate::domain::notice::{Due, Outlook};
use crate::domain::time::Millis;
use crate::ports::Ports;
use crate::view::{Notice, ViewOptions, notice_views};

/// How long a notice sleeps where the host names no time.
const SNOOZE: Millis = Millis::days(1);
/// How long a window may hold the right to tell.
const TELLING: Millis = Millis::seconds(10);

impl<P: Ports> Client<P> {
    /// Notices that are due now, and from now on delivered. They are claimed in the shared storage before they are
    /// told, under the host's lock where it has one.
    pub async fn notices(&self, options: &ViewOptions) -> Vec<Notice> {
        let Bearer::Token(_, epoch) = self.identify().await else { return Vec::new() };
        let Some(key) = self.change(epoch, |signed_in, _| signed_in.key.clone()) else { return Vec::new() };
        let lock = format!("{key}.notices");
        let locked = self.0.ports.lock(&lock, TELLING).await;
        if locked == Some(Ok(false)) {
            return Vec::new();
        }
        self.load(epoch).await;
        let due = self.claim(epoch);
        if !due.is_empty() {
            self.store(epoch).await;
        }
        if locked == Some(Ok(true)) {
            self.0.ports.unlock(&lock).await;
        }
        let state = self.0.state.borrow();
        notice_views(&due, self.server_now(), self.0.options.zone, options, &state.catalogues, &*self.0.text)
    }

    fn claim(&self, epoch: u64) -> Vec<Due> {
        let forecast = self.forecast(None);
        let due = self.change(epoch, |signed_in, now| {
            let engine = &mut signed_in.engine;
            let server_now = engine.server_now(now);
            let snapshot = &mut engine.snapshot;
            let outlook = Outlook {
                reading: snapshot.taken.as_ref().map(|taken| &taken.reading),
                as_of: snapshot.taken.as_ref().map(|taken| taken.server_time),
                forecast: Some(&forecast),
                problem: snapshot.attempt.as_ref().and_then(|attempt| attempt.problem.as_ref()),
                now: server_now,
                zone: engine.zone,
            };
            let due = snapshot.notices.due(outlook, &engine.rules);
            for notice in &due {
                snapshot.notices.deliver(&notice.id);
            }
            due
        });
        due.unwrap_or_default()
    }

    /// Brings a notice back once, after `length`.
    pub async fn snooze(&self, notice_id: &str, length: Option<Millis>) {
        if matches!(self.0.state.borrow().session, Session::Unasked) {
            self.open().await;
        }
        let epoch = self.epoch();
        self.change(epoch, |signed_in, now| {
            let until = signed_in.engine.server_now(now).plus(length.unwrap_or(SNOOZE));
            signed_in.engine.snapshot.notices.snooze(notice_id, until)
        });
        self.store(epoch).await;
    }
}
