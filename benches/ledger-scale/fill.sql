-- {rows} charged requests of {accounts} accounts over a year, in the order of time, as a ledger writes them: every hour other
-- accounts make five requests each. An account's id is its number, scattered over 32 bits by an odd factor. {now} is the ledger's
-- time in milliseconds. Triggers of foreign keys are off, and the two large tables get their indexes at the end.
SET session_replication_role = replica;
SET synchronous_commit = off;
SET maintenance_work_mem = '512MB';

INSERT INTO account (id, name, email, phone, github_id, github_name, employee_number, stars, invite_code, invited_by,
                     total, used, version, next_expiry, created_at)
SELECT lpad(to_hex(i * CAST(2654435761 AS BIGINT) & 4294967295), 8, '0') || '-0000-4000-8000-000000000000',
       'user ' || i, 'user' || i || '@example.org', '', '', 'user-' || i, '',
       'zgsm-ai/costrict', lpad(to_hex(i * CAST(2654435761 AS BIGINT) & 4294967295), 10, '0'), NULL,
       1000000000000, 100000000, 101, {now} + 864000000, {now} - 31536000000
FROM generate_series(1, {accounts}) AS i;

-- Two grants that are valid, and one that ran out.
INSERT INTO quota (account_id, expires_at, status, amount, source)
SELECT lpad(to_hex(i * CAST(2654435761 AS BIGINT) & 4294967295), 8, '0') || '-0000-4000-8000-000000000000',
       {now} + (j - 1) * CAST(864000000 AS BIGINT),
       CASE j WHEN 1 THEN 'EXPIRED' ELSE 'VALID' END, CASE j WHEN 1 THEN 50000000 ELSE 500000000000 END, 'Gift'
FROM generate_series(1, {accounts}) AS i, generate_series(1, 3) AS j;

INSERT INTO audit (account_id, amount, operation, voucher_code, related_user, strategy_name, expires_at, details, created_at)
SELECT lpad(to_hex(i * CAST(2654435761 AS BIGINT) & 4294967295), 8, '0') || '-0000-4000-8000-000000000000',
       50000000, 'RECHARGE', '', '', 'weekly-gift', {now} + 864000000,
       '[{"amount":50000000,"expires_at":1782835199000,"status":"SUCCESS","failure_reason":"Strategy: weekly-gift"}]',
       {now} - j * CAST(604800000 AS BIGINT)
FROM generate_series(1, {accounts}) AS i, generate_series(1, 6) AS j;

INSERT INTO operation (account_id, key, fingerprint, charged, created_at)
SELECT lpad(to_hex((1 + i % {accounts}) * CAST(2654435761 AS BIGINT) & 4294967295), 8, '0') || '-0000-4000-8000-000000000000',
       CAST(CAST(md5('key ' || i) AS uuid) AS text),
       md5('request ' || i) || md5('request' || i), 1000000, {now} - CAST(604700000.0 * i / ({rows} / 50) AS BIGINT)
FROM generate_series(1, {rows} / 50) AS i;

-- Session s is made in hour s / {sessions_per_hour}; the factor is prime, so that the accounts of an hour are different ones.
ALTER TABLE usage_hour DROP CONSTRAINT usage_hour_pkey;
INSERT INTO usage_hour (account_id, hour, records)
SELECT lpad(to_hex((1 + s * 2654435761 % {accounts}) * CAST(2654435761 AS BIGINT) & 4294967295), 8, '0') || '-0000-4000-8000-000000000000',
       {now} / 3600000 - 8760 + s / {sessions_per_hour}, 5
FROM generate_series(CAST(0 AS BIGINT), {rows} / 5 - 1) AS s;
ALTER TABLE usage_hour ADD PRIMARY KEY (account_id, hour);

ALTER TABLE usage_record DROP CONSTRAINT usage_record_pkey;
DROP INDEX usage_by_account;
INSERT INTO usage_record (account_id, model, mode, tokens, credits, package, request_id, created_at, updated_at)
SELECT account, 'GLM-4.6', '', 12000, 1000000, 'default', request, at, at FROM (
    SELECT lpad(to_hex((1 + (r / (5 * {sessions_per_hour}) * {sessions_per_hour} + r % {sessions_per_hour})
               * 2654435761 % {accounts}) * CAST(2654435761 AS BIGINT) & 4294967295), 8, '0') || '-0000-4000-8000-000000000000' AS account,
           lpad(to_hex(r), 36, '0') AS request,
           ({now} / 3600000 - 8760 + r / (5 * {sessions_per_hour})) * 3600000
               + r / {sessions_per_hour} % 5 * 480000 + r % {sessions_per_hour} % 480000 AS at
    FROM generate_series(CAST(0 AS BIGINT), {rows} - 1) AS r
) AS made;
CREATE INDEX usage_by_account ON usage_record (account_id, created_at, id);
ALTER TABLE usage_record ADD PRIMARY KEY ({usage_key});
VACUUM ANALYZE;
-- No weekly gifts: they would run beside what is measured.
INSERT INTO setting (name, value) VALUES ('weekly_done', '2999-01-01');
