//! Usage and records as text for a file.

use super::Client;
use super::session::Epoch;
use super::usage::{RangeError, UsageQuery};
use crate::ports::Ports;
use crate::view::{ExportFile, ExportFormat};

/// What a file contains.
///
/// ```
/// use costrict_credit::client::{ExportOf, UsageQuery};
///
/// assert_ne!(ExportOf::Usage(UsageQuery::default()), ExportOf::Records);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum ExportOf {
    /// Charged requests of a range.
    Usage(UsageQuery),
    /// The whole credit record, without voucher codes.
    Records,
}

impl<P: Ports> Client<P> {
    /// The file, and the epoch that its rows belong to.
    pub(super) async fn export_file(
        &self,
        what: &ExportOf,
        format: ExportFormat,
    ) -> Result<(ExportFile, Epoch), RangeError> {
        let zone = self.options().zone;
        match what {
            ExportOf::Usage(query) => {
                let table = self.day_table(query)?;
                let sign_in = self.identify().await;
                let epoch = self.epoch();
                let report = self.read_usage(query, &table, sign_in).await;
                Ok((ExportFile::of_usage(&report.rows, format, zone, report.complete, report.problem), epoch))
            }
            ExportOf::Records => {
                let (all, epoch) = self.all_records().await;
                Ok((ExportFile::of_records(&all.rows, format, zone, all.complete, all.problem), epoch))
            }
        }
    }
}
