use super::*;
use crate::domain::credits::Credits;
use crate::domain::history::RecordKind;

fn record(source: &str, amount: i32) -> CreditRecord {
    CreditRecord {
        kind: RecordKind::Recharge,
        operation: "RECHARGE".into(),
        amount: Credits::from_whole(amount),
        at: Timestamp::parse("2026-06-15 10:00:00", ServerOffset::CHINA),
        expires_at: None,
        source: Some(source.into()),
        related_user: None,
        voucher_code: None,
        items: None,
        lapsed: None,
        exact_amount: None,
    }
}

fn source_cell(source: &str) -> String {
    let file = export_records(&[record(source, 1)], ExportFormat::Csv, ServerOffset::CHINA);
    let row = file.lines().nth(1).unwrap();
    let cells = row.strip_prefix("recharge,RECHARGE,1,1781488800000,2026-06-15T10:00:00+08:00,,,").unwrap();
    cells.strip_suffix(",,,").unwrap().to_owned()
}

#[test]
fn formulas_are_disarmed() {
    for (source, cell) in [
        ("weekly gift", "weekly gift"),
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+1+1", "'+1+1"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1", "'=1"),
        ("\ttab", "tab"),
        ("\n=1", "'=1"),
        ("a\r\n=b", "a =b"),
        ("a\"b,c", "\"a\"\"b,c\""),
        ("x\",=1+1", "\"x\"\",'=1+1\""),
        ("＝1", "'＝1"),
    ] {
        assert_eq!(source_cell(source), cell, "{source}");
    }
}

#[test]
fn numbers_stay_numbers() {
    let file = export_records(&[record("x", -10)], ExportFormat::Csv, ServerOffset::CHINA);
    assert!(file.contains(",-10,"), "{file}");
    assert_eq!(file.lines().count(), 2);
    assert!(file.ends_with("\r\n"));
}

#[test]
fn hostile_text_stays_text_in_json() {
    let hostile = "\"},{\"amount\":999}<script>";
    let file = export_records(&[record(hostile, 1)], ExportFormat::Json, ServerOffset::CHINA);
    let read: serde_json::Value = serde_json::from_str(&file).unwrap();
    assert_eq!(read[0]["source"], hostile);
    assert_eq!(read.as_array().map(Vec::len), Some(1));
}

#[test]
fn csv_begins_with_a_byte_order_mark_and_its_columns() {
    let records = export_records(&[], ExportFormat::Csv, ServerOffset::CHINA);
    let columns = "kind,operation,amount,at,atIso,expiresAt,expiresAtIso,source,relatedUser,voucherCode,items";
    assert_eq!(records, format!("\u{feff}{columns}\r\n"));
    let usage = export_usage(&[], ExportFormat::Csv, ServerOffset::CHINA);
    assert_eq!(usage, "\u{feff}id,at,atIso,model,mode,tokens,credits,package\r\n");
}

#[test]
fn json_has_the_columns_of_csv_and_each_time_twice() {
    let row = CreditRecord {
        expires_at: Timestamp::parse("2026-06-30 23:59:59", ServerOffset::CHINA),
        related_user: Some("u".into()),
        voucher_code: Some("code".into()),
        items: Some(vec![]),
        ..record("gift", 1)
    };
    let file = export_records(&[row], ExportFormat::Json, ServerOffset::CHINA);
    let read: serde_json::Value = serde_json::from_str(&file).unwrap();
    let mut names: Vec<&str> = read[0].as_object().unwrap().keys().map(String::as_str).collect();
    let mut columns: Vec<&str> = RECORDS.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    columns.sort_unstable();
    assert_eq!(names, columns);
    assert_eq!(
        (&read[0]["at"], &read[0]["atIso"]),
        (&1_781_488_800_000_i64.into(), &"2026-06-15T10:00:00+08:00".into())
    );
    assert_eq!(read[0]["expiresAtIso"], "2026-06-30T23:59:59+08:00");

    let usage = UsageRow {
        id: "7".into(),
        at: Timestamp::from_millis(1_781_488_800_000),
        model: "m".into(),
        mode: Some("code".into()),
        tokens: Some(1),
        credits: Credits::from_whole(1),
        package: Some("p".into()),
    };
    let file = export_usage(&[usage], ExportFormat::Json, ServerOffset::CHINA);
    let read: serde_json::Value = serde_json::from_str(&file).unwrap();
    let mut names: Vec<&str> = read[0].as_object().unwrap().keys().map(String::as_str).collect();
    let mut columns: Vec<&str> = USAGE.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    columns.sort_unstable();
    assert_eq!(names, columns);
}

#[test]
fn a_partial_file_says_so_in_its_name_and_nothing_read_is_nothing_to_write() {
    use crate::domain::problem::ProblemKind;
    let problem = || Some(Problem::new(ProblemKind::ServerError));
    let rows = [record("gift", 1)];
    let of = |rows: &[CreditRecord], complete: bool, problem: Option<Problem>| {
        let file = ExportFile::of_records(rows, ExportFormat::Csv, ServerOffset::CHINA, complete, problem);
        (file.file_name, file.rows, file.text.is_empty())
    };
    assert_eq!(of(&rows, true, None), ("credits-records.csv".into(), 1, false));
    assert_eq!(of(&rows, false, problem()), ("credits-records-incomplete.csv".into(), 1, false));
    assert_eq!(of(&[], false, problem()), ("credits-records-incomplete.csv".into(), 0, true));
    assert_eq!(of(&[], true, None), ("credits-records.csv".into(), 0, false));
}

#[test]
fn characters_that_steer_a_display_are_left_out_of_cells() {
    assert_eq!(source_cell("gift\u{202e}5.14"), "gift5.14");
    assert_eq!(source_cell("a\u{1b}[31mred"), "ared");
    assert_eq!(source_cell("\u{202e}=1"), "'=1");
}
