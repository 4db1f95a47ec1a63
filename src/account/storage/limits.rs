//! What is left out of a snapshot that is too large, the least important first.

/// How much of each part of a snapshot is stored, as numbers of elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub models: usize,
    pub charges: usize,
    /// Of the history.
    pub points: usize,
    /// A list of grants is complete or absent; without it expiries are unknown until the next reading.
    pub grants: bool,
    pub holds: usize,
    /// Longest text in bytes.
    pub text: usize,
}

/// The size of a part as it was written.
#[derive(Clone, Copy, Debug, Default)]
pub struct PartSize {
    pub elements: usize,
    pub bytes: usize,
}

/// The parts of a snapshot that can be cut.
#[derive(Clone, Copy, Debug, Default)]
pub struct PartSizes {
    pub models: PartSize,
    pub charges: PartSize,
    pub points: PartSize,
    pub holds: PartSize,
}

impl Limits {
    pub const ALL: Limits = Limits {
        models: usize::MAX,
        charges: usize::MAX,
        points: usize::MAX,
        grants: true,
        holds: usize::MAX,
        text: usize::MAX,
    };
    /// Long texts are cut to this.
    const TEXT_BYTES: usize = 64;
    /// A smaller part is not cut.
    const PART_BYTES_MIN: usize = 1_024;

    /// The next cut: half of the largest part that the server can send again or that only improves estimates; then grants,
    /// then long texts, then holds. `None` if nothing is left to cut.
    pub fn tighter(self, stored: PartSizes) -> Option<Limits> {
        let cuts = [
            (stored.models.bytes, Limits { models: stored.models.elements / 2, ..self }),
            (stored.charges.bytes, Limits { charges: stored.charges.elements / 2, ..self }),
            (stored.points.bytes, Limits { points: stored.points.elements / 2, ..self }),
        ];
        let largest =
            cuts.into_iter().max_by_key(|(bytes, _)| *bytes).filter(|(bytes, _)| *bytes > Limits::PART_BYTES_MIN);
        match largest {
            Some((_, limits)) => Some(limits),
            None if self.grants => Some(Limits { grants: false, ..self }),
            None if self.text > Limits::TEXT_BYTES => Some(Limits { text: Limits::TEXT_BYTES, ..self }),
            None if self.holds > 0 => Some(Limits { holds: stored.holds.elements / 2, ..self }),
            None => None,
        }
    }

    /// The part of a text that is stored.
    pub fn clip(self, text: &str) -> &str {
        let end = (0..=self.text.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
        end.and_then(|end| text.get(..end)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use litemap::LiteMap;

    use crate::account::hold::{Hold, PriceTerms, Stage};
    use crate::account::order::Order;
    use crate::account::snapshot::{ModelList, Snapshot};
    use crate::account::storage::{MAX_SNAPSHOT_BYTES, StoredSnapshot, decode, encode};
    use crate::account::transfer::{Transfer, TransferStage};
    use crate::domain::credits::{Credits, Share};
    use crate::domain::estimate::RequestCost;
    use crate::domain::price::ModelPrice;
    use crate::domain::time::Timestamp;

    fn model(number: usize) -> ModelPrice {
        let name = format!("model-{number:05}-with-a-name-of-some-length");
        ModelPrice {
            id: name.clone(),
            name,
            price: Some(Credits::from_micro(1)),
            discount: None,
            context_window: None,
            min_vip_level: None,
        }
    }

    #[test]
    fn what_does_not_fit_is_cut_by_importance_and_never_dropped_whole() {
        let at = |millis: i64| Timestamp::from_millis(1_800_000_000_000 + millis);
        let models =
            ModelList { order: Order::default(), requested_at: at(0), models: (0..20_000).map(model).collect() };
        let hold = |number: usize, is_over: bool| Hold {
            stage: if is_over { Stage::Void } else { Stage::Held },
            opened: at(number as i64),
            ended: None,
            cost: Some(RequestCost::exactly(Credits::from_micro(2))),
            counted: false,
            missed: 0,
            task: Some("t".repeat(if number == 7 { 2 * MAX_SNAPSHOT_BYTES } else { 9 })),
            feature: None,
            model: "GLM-4.6".into(),
            terms: PriceTerms {
                at: at(0),
                estimated: None,
                list: None,
                payable_share: Share::WHOLE,
                mode: None,
                routed: None,
            },
        };
        let gift = Transfer::new(TransferStage::Done, Order::from_number(5), Credits::from_micro(1_000_000));
        let full = Snapshot {
            revision: 3,
            models: Some(models),
            holds: (0..40).map(|number| (format!("hold-{number:02}"), hold(number, number % 2 == 0))).collect(),
            transfers: [("gift".to_owned(), gift)].into_iter().collect(),
            ..Snapshot::default()
        };
        let text = encode(&full, "key").expect("it is cut, and not dropped");
        assert!(text.len() <= MAX_SNAPSHOT_BYTES + 1_024);
        let StoredSnapshot::Snapshot(kept) = decode(&text, "key") else { panic!("{}", &text[..200]) };
        assert_eq!((kept.revision, kept.transfers.len(), kept.holds.len()), (3, 1, 40));
        let alone = Snapshot { holds: LiteMap::new(), ..full };
        let StoredSnapshot::Snapshot(kept) = decode(&encode(&alone, "key").unwrap(), "key") else { panic!() };
        let (kept, all) = (kept.models.unwrap().models, alone.models.unwrap().models);
        assert!(kept.len() >= 4_000 && all.starts_with(&kept), "{} models", kept.len());
    }
}
