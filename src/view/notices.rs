//! Texts and actions of notices.

use serde::Serialize;

use super::components::problem_text;
use super::english::Message;
use super::formatter::Formatter;
use super::input::ViewOptions;
use super::message::Catalogues;
use super::panel::formatter;
use crate::domain::landing::Landing;
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
    /// A landing's text for the next one at the work: lines without anything of a prompt.
    #[serde(rename = "handOver", skip_serializing_if = "Option::is_none")]
    pub hand_over: Option<String>,
}

/// Something that the user can do about a notice.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NoticeAction {
    /// `open` the panel, `get` credits, `sign_in`, `snooze`, `model`: go on with another one, `hand_over`: copy its text,
    /// `off`: never this kind again.
    pub id: &'static str,
    /// The label of its button.
    pub label: String,
    /// The id of the model to go on with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
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
        actions: actions(fmt, due),
        hand_over: due.landing.as_ref().map(|landing| hand_over(fmt, landing)),
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
        NoticeKind::Landing => due.landing.as_ref().map(|landing| landing_text(fmt, landing)).unwrap_or_default(),
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

/// "5 requests left on GLM-4.6."
fn landing_text(fmt: &Formatter<'_>, landing: &Landing) -> String {
    let (model, count) = (&fmt.untrusted(&landing.name), &fmt.number(landing.requests()));
    match landing.requests() {
        _ if fmt.masked => fmt.message(Message::NoticeLandingMasked { model }),
        0 => fmt.message(Message::NoticeLandingNone { model }),
        _ if landing.is_exact => fmt.message(Message::NoticeLanding { count, model }),
        _ => fmt.message(Message::NoticeLandingLeast { count, model }),
    }
}

/// What the next one at the work needs to know: when it was so, what is left, for how many requests, and until when.
fn hand_over(fmt: &Formatter<'_>, landing: &Landing) -> String {
    let named = |name: &str, value: &str| fmt.message(Message::Named { name, value });
    let requests = |model: &str, requests: i64| {
        fmt.message(Message::RequestsLeft { count: &fmt.own_about(requests), model: &fmt.untrusted(model) })
    };
    let left = match fmt.masked {
        true => fmt.message(Message::SummaryMasked),
        false => fmt.message(Message::SummaryLeft { count: &fmt.amount_count(landing.available) }),
    };
    let expiry = landing.next_expiry.map(|(at, amount)| {
        named(&fmt.message(Message::LadderTitle), &fmt.join_phrases([fmt.exact(at), fmt.amount(amount)]))
    });
    let cheaper = landing.cheaper.as_ref().map(|cheaper| match cheaper.requests {
        Some(count) => requests(&cheaper.name, count),
        None => named(&fmt.untrusted(&cheaper.name), &fmt.message(Message::PriceFree)),
    });
    let lines =
        [Some(named(&fmt.exact(fmt.now), &left)), Some(requests(&landing.name, landing.requests())), cheaper, expiry];
    lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

fn actions(fmt: &Formatter<'_>, due: &DueNotice) -> Vec<NoticeAction> {
    let action = |id: &'static str, label: Message<'_>| NoticeAction { id, label: fmt.message(label), model: None };
    let open = || action("open", Message::ActionOpen);
    let later = || action("snooze", Message::ActionSnooze);
    let off = || action("off", Message::ActionOff);
    match due.kind {
        NoticeKind::Exhausted => vec![action("get", Message::ActionGet), later()],
        NoticeKind::RunOut => vec![open(), action("get", Message::ActionGet), later(), off()],
        NoticeKind::Usage | NoticeKind::Expiry => vec![open(), later(), off()],
        NoticeKind::Landing => {
            let cheaper =
                due.landing.as_ref().and_then(|landing| landing.cheaper.as_ref()).map(|cheaper| NoticeAction {
                    model: Some(cheaper.model.clone()),
                    ..action("model", Message::ActionUseModel { model: &fmt.untrusted(&cheaper.name) })
                });
            let others = [action("hand_over", Message::ActionHandOver), action("get", Message::ActionGet), off()];
            cheaper.into_iter().chain(others).collect()
        }
        NoticeKind::Granted | NoticeKind::Restored => vec![open(), off()],
        NoticeKind::Problem => vec![action("sign_in", Message::ActionSignIn), later()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::credits::Credits;
    use crate::domain::landing::CheaperModel;
    use crate::view::PlainText;
    use crate::view::fixtures::*;

    fn landing() -> Landing {
        Landing {
            model: "glm-4.6".into(),
            name: "GLM-4.6".into(),
            price: micro(1.0),
            is_exact: true,
            available: micro(4.5),
            next_expiry: Some((at("2025-11-30 23:59:59"), micro(2.5))),
            cheaper: Some(CheaperModel { model: "air".into(), name: "GLM-4.5-Air".into(), requests: Some(22) }),
        }
    }

    fn notice_of(landing: Landing, masked: bool) -> Notice {
        let due = DueNotice {
            id: "x".into(),
            kind: NoticeKind::Landing,
            severity: Severity::Warning,
            threshold: None,
            used_share: None,
            at: None,
            amount: None,
            problem: None,
            landing: Some(landing),
        };
        notice_views(&[due], now(), ZONE, &here(masked), &Catalogues::default(), &PlainText).remove(0)
    }

    #[test]
    fn a_landing_says_requests_and_offers_the_cheaper_model_first() {
        let notice = notice_of(landing(), false);
        assert_eq!(notice.text, "4 requests left on GLM-4.6.");
        let actions: Vec<_> = notice.actions.iter().map(|action| (action.id, action.model.as_deref())).collect();
        assert_eq!(actions, [("model", Some("air")), ("hand_over", None), ("get", None), ("off", None)]);
        assert_eq!(notice.actions[0].label, "Use GLM-4.5-Air");
        assert_eq!(notice_of(Landing { cheaper: None, ..landing() }, false).actions[0].id, "hand_over");
        let learned = Landing { is_exact: false, available: micro(1.9), ..landing() };
        assert_eq!(notice_of(learned, false).text, "At least 1 request left on GLM-4.6.");
        let none = Landing { available: Credits::from_micro(999_999), ..landing() };
        assert_eq!(notice_of(none, false).text, "Not enough credits left for another request on GLM-4.6.");
    }

    #[test]
    fn a_hand_over_says_when_what_and_until_when() {
        let text = notice_of(landing(), false).hand_over.unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].ends_with(": 4.5 credits left."), "{text}");
        assert_eq!(lines[1..3], ["About 4 requests on GLM-4.6", "About 22 requests on GLM-4.5-Air"]);
        assert!(lines[3].starts_with("Valid until: ") && lines[3].ends_with("2.5"), "{text}");
        let free = CheaperModel { requests: None, ..landing().cheaper.unwrap() };
        let text = notice_of(Landing { cheaper: Some(free), next_expiry: None, ..landing() }, false).hand_over.unwrap();
        assert!(text.ends_with("\nGLM-4.5-Air: Free"), "{text}");
    }

    #[test]
    fn a_masked_landing_has_no_number_of_the_account() {
        let notice = notice_of(landing(), true);
        let text = [notice.text, notice.hand_over.unwrap()].concat();
        for number in ["4.50", " 4 ", "22", "2.5", ": 4.5 credits"] {
            assert!(!text.contains(number), "{number} in {text}");
        }
    }
}
