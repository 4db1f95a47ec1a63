//! Panel, status bar, notices, files: all texts and all rounding are here.
//!
//! Views are pure functions of [`ViewInput`]. The [`Text`](crate::ports::Text) port formats numbers and times. A view is
//! plain data that a page draws without computing anything; `pkg/panel.d.ts` documents it for pages.

pub mod locale;
mod message_table;
mod english;
mod message;
mod formatter;
mod components;
mod sources;
mod task_input;
mod input;
mod auto_price;
mod slots;
mod chart;
mod budget;
mod task;
mod balance;
mod ladder;
mod usage_choices;
mod usage_comparison;
mod usage_requests;
mod task_requests;
mod tasks;
mod usage;
mod form_result;
mod records;
mod voucher;
mod models;
mod raise;
mod send;
mod account;
mod panel;
mod status;
mod task_status;
mod receipt;
mod transfer_review;
mod notices;
mod csv;
mod export;
pub mod plain_text;

pub use export::{ExportFile, ExportFormat, export_records, export_usage};
pub use input::{
    Accuracy, DraftInput, HistoryDays, HistoryOptions, IncompleteExport, Loaded, RecordsInput, Surface, UsageInput,
    ViewInput, ViewOptions, VoucherOutcome, ZoneOrigin,
};
pub use locale::Locale;
pub use message::{CatalogueError, Catalogues};
pub use notices::{Notice, NoticeAction, notice_views};
pub use panel::{PanelState, PanelView, panel};
pub use plain_text::PlainText;
pub use receipt::{ReceiptView, receipt};
pub use status::{StatusSeverity, StatusView, status};
pub use task_input::{OpenTask, TASKS_PAGE_SIZE, TaskInput, TasksBy, TasksInput, TasksOptions};
pub use task_status::{TaskStatusView, task_status};
pub use transfer_review::{
    TransferConfirmation, TransferDraft, TransferDraftLine, TransferField, TransferFieldError, TransferReview,
    review_transfer,
};

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod section_tests;
#[cfg(test)]
mod task_tests;
#[cfg(test)]
mod usage_tests;
#[cfg(test)]
mod sentence_tests;
#[cfg(test)]
mod locale_tests;
#[cfg(test)]
mod untrusted_tests;
