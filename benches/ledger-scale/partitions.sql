-- Turns the ledger's tables, still empty, into tables that are partitioned by a hash of the account. {partitions} and {partition}
-- are filled in by ledger-scale.mjs; a statement with {partition} is repeated for each of them.
--
-- What differs from ledger/src/store/schema.rs, because a unique key of a partitioned table has to contain the account:
-- * audit and usage_record: the primary key is (account_id, id). Ids still come from one sequence, so they stay unique.
-- * account.invite_code: an index that is not unique. The ledger looks for a code before it gives it away; only two registrations
--   at the same moment could still share one, unless a table of codes, partitioned by code, keeps the promise.
-- Foreign keys to account work across partitions and stay. redemption, setting and signed_out have no account and stay whole.
CREATE SCHEMA whole;
ALTER TABLE account SET SCHEMA whole;
ALTER TABLE quota SET SCHEMA whole;
ALTER TABLE audit SET SCHEMA whole;
ALTER TABLE usage_record SET SCHEMA whole;
ALTER TABLE usage_hour SET SCHEMA whole;
ALTER TABLE operation SET SCHEMA whole;
ALTER TABLE rule_run SET SCHEMA whole;
ALTER TABLE monthly_quota_usage SET SCHEMA whole;

CREATE TABLE account (LIKE whole.account INCLUDING DEFAULTS, PRIMARY KEY (id)) PARTITION BY HASH (id);
CREATE TABLE quota (LIKE whole.quota, PRIMARY KEY (account_id, expires_at, status)) PARTITION BY HASH (account_id);
CREATE TABLE audit (LIKE whole.audit INCLUDING DEFAULTS, PRIMARY KEY (account_id, id)) PARTITION BY HASH (account_id);
CREATE TABLE usage_record (LIKE whole.usage_record, PRIMARY KEY (account_id, id)) PARTITION BY HASH (account_id);
CREATE TABLE usage_hour (LIKE whole.usage_hour, PRIMARY KEY (account_id, hour)) PARTITION BY HASH (account_id);
CREATE TABLE operation (LIKE whole.operation, PRIMARY KEY (account_id, key)) PARTITION BY HASH (account_id);
CREATE TABLE rule_run (LIKE whole.rule_run, PRIMARY KEY (account_id, rule, period)) PARTITION BY HASH (account_id);
CREATE TABLE monthly_quota_usage (LIKE whole.monthly_quota_usage, PRIMARY KEY (account_id, month)) PARTITION BY HASH (account_id);

-- Before PostgreSQL 17 the partitions of a table do not take over an identity column; a sequence as default is the same.
CREATE SEQUENCE audit_ids OWNED BY audit.id;
CREATE SEQUENCE usage_record_ids OWNED BY usage_record.id;
ALTER TABLE audit ALTER id SET DEFAULT nextval('audit_ids');
ALTER TABLE usage_record ALTER id SET DEFAULT nextval('usage_record_ids');

CREATE TABLE account_{partition} PARTITION OF account FOR VALUES WITH (MODULUS {partitions}, REMAINDER {partition});
CREATE TABLE quota_{partition} PARTITION OF quota FOR VALUES WITH (MODULUS {partitions}, REMAINDER {partition});
CREATE TABLE audit_{partition} PARTITION OF audit FOR VALUES WITH (MODULUS {partitions}, REMAINDER {partition});
CREATE TABLE usage_record_{partition} PARTITION OF usage_record FOR VALUES WITH (MODULUS {partitions}, REMAINDER {partition});
CREATE TABLE usage_hour_{partition} PARTITION OF usage_hour FOR VALUES WITH (MODULUS {partitions}, REMAINDER {partition});
CREATE TABLE operation_{partition} PARTITION OF operation FOR VALUES WITH (MODULUS {partitions}, REMAINDER {partition});
CREATE TABLE rule_run_{partition} PARTITION OF rule_run FOR VALUES WITH (MODULUS {partitions}, REMAINDER {partition});
CREATE TABLE monthly_quota_usage_{partition} PARTITION OF monthly_quota_usage FOR VALUES WITH (MODULUS {partitions}, REMAINDER {partition});

ALTER TABLE quota ADD FOREIGN KEY (account_id) REFERENCES account (id);
ALTER TABLE audit ADD FOREIGN KEY (account_id) REFERENCES account (id);
ALTER TABLE operation ADD FOREIGN KEY (account_id) REFERENCES account (id);
ALTER TABLE rule_run ADD FOREIGN KEY (account_id) REFERENCES account (id);
ALTER TABLE monthly_quota_usage ADD FOREIGN KEY (account_id) REFERENCES account (id);

DROP SCHEMA whole CASCADE;

CREATE INDEX account_by_invite_code ON account (invite_code);
CREATE INDEX account_by_expiry ON account (next_expiry);
CREATE INDEX audit_by_account ON audit (account_id, created_at, id);
CREATE INDEX usage_by_account ON usage_record (account_id, created_at, id);
CREATE INDEX operation_by_age ON operation (created_at);
