//! Texts and actions of notices.

use serde::Serialize;

use super::components::problem_text;
use super::english::Message;
use super::formatter::Formatter;
use super::input::ViewOptions;
use super::message::Catalogues;
use super::panel::formatter;
use crate::domain::notice::{DueNotice, NoticeKind, Severity};
use crate::domain::time::{ServerOffset, Timestamp};
use crate::ports::Text;

/// A notice as the public API gives it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Notice {
    /// Identifies the notice, for delivering and snoozing it.
    pub id: String,
    /// What it is about.
    pub kind: NoticeKind,
    /// How urgent it is.
    pub severity: Severity,
    /// The sentence to show.
    pub text: String,
    /// What the user can do about it.
    pub actions: Vec<NoticeAction>,
}

/// Something that the user can do about a notice.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NoticeAction {
    /// `open` the panel, `get` credits, `sign_in`, `snooze`, `off`: never this kind again.
    pub id: &'static str,
    /// The label of its button.
    pub label: String,
}

/// The due notices in the reader's language.
pub fn notice_views(
    due: &[DueNotice],
    now: Timestamp,
    server: ServerOffset,
    options: &ViewOptions,
    catalogues: &Catalogues,
    text: &dyn Text,
) -> Vec<Notice> {
    let fmt = &formatter(now, server, options, catalogues, text);
    let notice = |due: &DueNotice| Notice {
        id: due.id.clone(),
        kind: due.kind,
        severity: due.severity,
        text: notice_text(fmt, due),
        actions: actions(fmt, due.kind),
    };
    due.iter().map(notice).collect()
}

fn notice_text(fmt: &Formatter<'_>, due: &DueNotice) -> String {
    let when = due.at.map(|at| fmt.relative(at)).unwrap_or_default();
    let added = due.amount.filter(|_| !fmt.masked);
    match due.kind {
        NoticeKind::Usage => {
            let share = due.used_share.or(due.threshold).map_or(0.0, |share| share.to_f64());
            fmt.message(Message::NoticeUsage { percent: &fmt.percent(share) })
        }
        NoticeKind::Exhausted => fmt.message(Message::NoticeExhausted),
        NoticeKind::Expiry => match added {
            Some(amount) => fmt.message(Message::NoticeExpiry { amount: &fmt.amount(amount), when: &when }),
            None => fmt.message(Message::NoticeExpiryMasked { when: &when }),
        },
        NoticeKind::RunOut => fmt.message(Message::NoticeRunOut { when: &when }),
        NoticeKind::Granted => match added {
            Some(amount) => fmt.message(Message::NoticeAdded { count: &fmt.amount_count(amount) }),
            None => fmt.message(Message::NoticeGranted),
        },
        NoticeKind::Restored => {
            let added = added.map(|amount| fmt.message(Message::NoticeAdded { count: &fmt.amount_count(amount) }));
            fmt.join_sentences(std::iter::once(fmt.message(Message::NoticeRestored)).chain(added))
        }
        NoticeKind::Problem => {
            let kind = due.problem.unwrap_or(crate::domain::problem::ProblemKind::SignInAgain);
            let (name, value) = problem_text(fmt, kind);
            fmt.message(Message::Named { name: &name, value: &value })
        }
    }
}

fn actions(fmt: &Formatter<'_>, kind: NoticeKind) -> Vec<NoticeAction> {
    let action = |id: &'static str, label: Message<'_>| NoticeAction { id, label: fmt.message(label) };
    let open = || action("open", Message::ActionOpen);
    let later = || action("snooze", Message::ActionSnooze);
    let off = || action("off", Message::ActionOff);
    match kind {
        NoticeKind::Exhausted => vec![action("get", Message::ActionGet), later()],
        NoticeKind::RunOut => vec![open(), action("get", Message::ActionGet), later(), off()],
        NoticeKind::Usage | NoticeKind::Expiry => vec![open(), later(), off()],
        NoticeKind::Granted | NoticeKind::Restored => vec![open(), off()],
        NoticeKind::Problem => vec![action("sign_in", Message::ActionSignIn), later()],
    }
}
