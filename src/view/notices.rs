//! Notices in words.

use serde::Serialize;

use super::english::Say;
use super::input::ViewOptions;
use super::message::Catalogues;
use super::panel::wording;
use super::parts::problem_told;
use super::wording::Wording;
use crate::domain::notice::{Due, NoticeKind, Severity};
use crate::domain::time::{ServerOffset, Timestamp};
use crate::ports::Text;

/// A notice as the public API gives it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Notice {
    pub id: String,
    pub kind: NoticeKind,
    pub severity: Severity,
    pub text: String,
    pub actions: Vec<NoticeAction>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NoticeAction {
    /// `open` the panel, `get` credits, `sign_in`, `snooze`, `off`: never this kind again.
    pub id: &'static str,
    pub label: String,
}

/// What is due, in the words of the reader.
pub fn notice_views(
    due: &[Due],
    now: Timestamp,
    server: ServerOffset,
    options: &ViewOptions,
    catalogues: &Catalogues,
    text: &dyn Text,
) -> Vec<Notice> {
    let w = &wording(now, server, options, catalogues, text);
    let notice = |due: &Due| Notice {
        id: due.id.clone(),
        kind: due.kind,
        severity: due.severity,
        text: told(w, due),
        actions: actions(w, due.kind),
    };
    due.iter().map(notice).collect()
}

fn told(w: &Wording<'_>, due: &Due) -> String {
    let when = due.at.map(|at| w.relative(at)).unwrap_or_default();
    let added = due.amount.filter(|_| !w.masked);
    match due.kind {
        NoticeKind::Usage => {
            let share = due.threshold.map_or(0.0, |share| share.to_f64());
            w.say(Say::NoticeUsage { percent: &w.percent(share) })
        }
        NoticeKind::Exhausted => w.say(Say::NoticeExhausted),
        NoticeKind::Expiry => match added {
            Some(amount) => w.say(Say::NoticeExpiry { amount: &w.amount(amount), when: &when }),
            None => w.say(Say::NoticeExpiryMasked { when: &when }),
        },
        NoticeKind::RunOut => w.say(Say::NoticeRunOut { when: &when }),
        NoticeKind::Granted => match added {
            Some(amount) => w.say(Say::NoticeAdded { count: &w.amount_count(amount) }),
            None => w.say(Say::NoticeGranted),
        },
        NoticeKind::Restored => {
            let added = added.map(|amount| w.say(Say::NoticeAdded { count: &w.amount_count(amount) }));
            w.sentences(std::iter::once(w.say(Say::NoticeRestored)).chain(added))
        }
        NoticeKind::Problem => {
            let kind = due.problem.unwrap_or(crate::domain::problem::ProblemKind::SignInAgain);
            let (name, value) = problem_told(w, kind);
            w.say(Say::Named { name: &name, value: &value })
        }
    }
}

fn actions(w: &Wording<'_>, kind: NoticeKind) -> Vec<NoticeAction> {
    let action = |id: &'static str, label: Say<'_>| NoticeAction { id, label: w.say(label) };
    let open = || action("open", Say::ActionOpen);
    let later = || action("snooze", Say::ActionSnooze);
    let off = || action("off", Say::ActionOff);
    match kind {
        NoticeKind::Exhausted => vec![action("get", Say::ActionGet), later()],
        NoticeKind::RunOut => vec![open(), action("get", Say::ActionGet), later(), off()],
        NoticeKind::Usage | NoticeKind::Expiry => vec![open(), later(), off()],
        NoticeKind::Granted | NoticeKind::Restored => vec![open(), off()],
        NoticeKind::Problem => vec![action("sign_in", Say::ActionSignIn), later()],
    }
}
