//! Who is signed in: the name, and the account's id, which a giver of credits needs.

use serde::Serialize;

use super::components::{Action, ActionId};
use super::english::Message;
use super::formatter::Formatter;
use crate::domain::balance::User;

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountCard {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_in_as: Option<String>,
    pub id: AccountId,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountId {
    pub label: String,
    pub value: String,
    pub hint: String,
    pub copy: Action,
    pub copy_failed: String,
}

/// Shown also while amounts are hidden: neither name nor id is an amount.
pub(crate) fn card(fmt: &Formatter<'_>, user: &User) -> AccountCard {
    let name = user.name.as_deref().map(|name| fmt.untrusted(name)).filter(|name| !name.is_empty());
    let copy = Action {
        hint: Some(fmt.message(Message::ActionCopied)),
        ..Action::new(ActionId::Copy, fmt.message(Message::ActionCopy))
    };
    AccountCard {
        signed_in_as: name.map(|name| fmt.message(Message::AccountSignedInAs { name: &name })),
        id: AccountId {
            label: fmt.message(Message::AccountId),
            value: fmt.untrusted(&user.id),
            hint: fmt.message(Message::AccountIdHint),
            // The clipboard gets the id itself, which the giver's client sends to the server.
            copy: copy.with_value(user.id.trim()),
            copy_failed: fmt.message(Message::AccountCopyFailed),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{ZONE, account_of, here, now, page, reading, section};
    use super::super::{Catalogues, PlainText, ViewInput, status};
    use crate::domain::balance::{AccountState, User};

    fn user(name: Option<&str>) -> Option<User> {
        Some(User { id: "0f8fad5b-d9cb-469f-a165-70867728950e".into(), name: name.map(str::to_owned) })
    }

    #[test]
    fn the_settings_name_the_account_and_give_its_id_for_givers() {
        let mut account = account_of(&reading(), 0.0);
        account.user = user(Some("Ann\u{202e}"));
        for masked in [false, true] {
            let settings = section(&page(&ViewInput::of(&account, now(), ZONE), &here(masked)), "settings");
            let card = &settings["account"];
            assert_eq!(card["signedInAs"], "Signed in as Ann");
            assert_eq!(card["id"]["value"], "0f8fad5b-d9cb-469f-a165-70867728950e");
            assert_eq!(card["id"]["copy"]["id"], "copy");
            assert_eq!(card["id"]["copy"]["value"], card["id"]["value"]);
        }
    }

    #[test]
    fn a_token_without_a_name_leaves_the_name_out_and_a_signed_out_panel_both() {
        let mut account = account_of(&reading(), 0.0);
        account.user = user(None);
        let settings = section(&page(&ViewInput::of(&account, now(), ZONE), &here(false)), "settings");
        assert!(settings["account"]["signedInAs"].is_null() && !settings["account"]["id"].is_null());
        (account.user, account.state, account.balance) = (None, AccountState::SignedOut, None);
        let settings = section(&page(&ViewInput::of(&account, now(), ZONE), &here(false)), "settings");
        assert!(settings["account"].is_null());
    }

    #[test]
    fn the_status_carries_the_ladder_of_the_panel_shortened() {
        let account = account_of(&reading(), 0.0);
        let input = ViewInput::of(&account, now(), ZONE);
        let shown = |masked| {
            let view = status(&input, &here(masked), &Catalogues::default(), &PlainText);
            (serde_json::to_value(view).unwrap(), section(&page(&input, &here(masked)), "ladder"))
        };
        let (view, ladder) = shown(false);
        assert_eq!(view["ladder"]["title"], ladder["title"]);
        assert_eq!(view["ladder"]["rungs"], ladder["rungs"]);
        assert_eq!(view["ladder"]["table"], ladder["table"]);
        assert!(!shown(true).0["ladder"].to_string().contains("7.5"));
    }
}
