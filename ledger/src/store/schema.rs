//! The tables, as migrations: each element brings the database one version further and is never changed again.

use super::Dialect;

/// The statements of each version; `{id}` is the type of a key that the database counts up.
const VERSIONS: &[&[&str]] = &[
    &[
        "CREATE TABLE account (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        email TEXT NOT NULL,
        phone TEXT NOT NULL,
        github_id TEXT NOT NULL,
        github_name TEXT NOT NULL,
        employee_number TEXT NOT NULL,
        stars TEXT NOT NULL,
        invite_code TEXT NOT NULL UNIQUE,
        invited_by TEXT,
        total BIGINT NOT NULL,
        used BIGINT NOT NULL,
        version BIGINT NOT NULL,
        next_expiry BIGINT NOT NULL,
        created_at BIGINT NOT NULL
    )",
        // Credits with one expiry: the amount is what was given, use is counted in account.used alone
        // (docs/contract/ledger.md 2.1).
        "CREATE TABLE quota (
        account_id TEXT NOT NULL REFERENCES account (id),
        expires_at BIGINT NOT NULL,
        status TEXT NOT NULL,
        amount BIGINT NOT NULL,
        source TEXT NOT NULL,
        PRIMARY KEY (account_id, expires_at, status)
    )",
        "CREATE TABLE audit (
        id {id},
        account_id TEXT NOT NULL REFERENCES account (id),
        amount BIGINT NOT NULL,
        operation TEXT NOT NULL,
        voucher_code TEXT NOT NULL,
        related_user TEXT NOT NULL,
        strategy_name TEXT NOT NULL,
        expires_at BIGINT NOT NULL,
        details TEXT NOT NULL,
        created_at BIGINT NOT NULL
    )",
        "CREATE INDEX audit_by_account ON audit (account_id, created_at, id)",
        "CREATE TABLE usage_record (
        id {id},
        account_id TEXT NOT NULL REFERENCES account (id),
        model TEXT NOT NULL,
        mode TEXT NOT NULL,
        tokens BIGINT NOT NULL,
        credits BIGINT NOT NULL,
        package TEXT NOT NULL,
        request_id TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL
    )",
        "CREATE INDEX usage_by_account ON usage_record (account_id, created_at, id)",
        // One row per idempotency key: a repeated key finds what the first one did.
        "CREATE TABLE operation (
        account_id TEXT NOT NULL REFERENCES account (id),
        key TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        charged BIGINT NOT NULL,
        created_at BIGINT NOT NULL,
        PRIMARY KEY (account_id, key)
    )",
        "CREATE TABLE redemption (
        voucher_hash TEXT PRIMARY KEY,
        receiver_id TEXT NOT NULL,
        created_at BIGINT NOT NULL
    )",
        // Which rule has paid whom for what; the key makes each payment happen once.
        "CREATE TABLE rule_run (
        account_id TEXT NOT NULL REFERENCES account (id),
        rule TEXT NOT NULL,
        period TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        PRIMARY KEY (account_id, rule, period)
    )",
        "CREATE TABLE monthly_quota_usage (
        account_id TEXT NOT NULL REFERENCES account (id),
        month TEXT NOT NULL,
        used BIGINT NOT NULL,
        PRIMARY KEY (account_id, month)
    )",
    ],
    &[
        // Old keys are removed by age.
        "CREATE INDEX operation_by_age ON operation (created_at)",
    ],
    &[
        // How many usage records an account has on a day (UTC) that is over: counting a million rows takes too long.
        "CREATE TABLE usage_day (
        account_id TEXT NOT NULL REFERENCES account (id),
        day BIGINT NOT NULL,
        records BIGINT NOT NULL,
        PRIMARY KEY (account_id, day)
    )",
    ],
    // The sweep looks every second for accounts with something expired.
    &["CREATE INDEX account_by_expiry ON account (next_expiry)"],
    // How many usage records an account has in an hour (UTC), counted with each: a page of a long history needs neither
    // to count a million rows nor to skip them. Hours, because the spans that clients request begin with a day of the
    // server's zone.
    &[
        "CREATE TABLE usage_hour (
        account_id TEXT NOT NULL,
        hour BIGINT NOT NULL,
        records BIGINT NOT NULL,
        PRIMARY KEY (account_id, hour)
    )",
        "INSERT INTO usage_hour (account_id, hour, records)
         SELECT account_id, created_at / 3600000, COUNT(*) FROM usage_record GROUP BY account_id, created_at / 3600000",
        "DROP TABLE usage_day",
        // A usage record is written together with its account's row, and accounts stay: PostgreSQL's look at the account
        // for each record is a third of what a deduction costs there.
        "/* PostgreSQL */ ALTER TABLE usage_record DROP CONSTRAINT usage_record_account_id_fkey",
    ],
    // Signed-out tokens by the hash of what was signed, kept until they would expire.
    &["CREATE TABLE IF NOT EXISTS signed_out (token_id TEXT PRIMARY KEY, expires_at BIGINT NOT NULL)"],
    // What the public-server mode keeps beside the integers: counters as Redis writes them, details as they are served.
    &[
        "ALTER TABLE account ADD COLUMN total_text TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE account ADD COLUMN used_text TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE audit ADD COLUMN wire_details TEXT NOT NULL DEFAULT ''",
    ],
];

/// How statements begin that are for PostgreSQL alone.
const POSTGRES_ALONE: &str = "/* PostgreSQL */";

/// The version that this program works with.
pub fn newest() -> i64 {
    VERSIONS.len() as i64
}

/// The statements that lead from version `from` to the newest, each with the version it belongs to.
pub fn statements_from(from: i64, dialect: Dialect) -> Vec<String> {
    let id = match dialect {
        Dialect::Sqlite => "INTEGER PRIMARY KEY AUTOINCREMENT",
        Dialect::Postgres => "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
    };
    VERSIONS
        .iter()
        .skip(usize::try_from(from).unwrap_or(0))
        .flat_map(|statements| statements.iter())
        .filter(|statement| dialect == Dialect::Postgres || !statement.starts_with(POSTGRES_ALONE))
        .map(|statement| statement.replace("{id}", id))
        .collect()
}
