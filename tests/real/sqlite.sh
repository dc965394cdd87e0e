# packages: sqlite3
# .dump writes a REAL by way of long double, which is another type on arm64: those are compared as bits.
# SQLite: inserts, indexes, joins, windows, JSON, full text, R-tree, floating text, vacuum, dump.
cat >q.sql <<'SQL'
PRAGMA journal_mode=WAL; CREATE TABLE t(id INTEGER PRIMARY KEY, k INT, name TEXT, v REAL, b BLOB); CREATE TABLE u(k INT, label TEXT);
BEGIN; WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 40000) INSERT INTO t SELECT i, i * 7919 % 1009, 'n' || (i * 31 % 5003), i * 1.1 / 3, CAST(printf('%08x', i * 2654435761 % 4294967296) AS BLOB) FROM c;
WITH RECURSIVE c(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM c WHERE i < 1008) INSERT INTO u SELECT i, 'label ' || (i % 13) FROM c; COMMIT;
CREATE INDEX tk ON t(k); CREATE INDEX tn ON t(name, v); ANALYZE;
SELECT u.label, count(*), sum(t.v), avg(t.v), min(name), max(name) FROM t JOIN u USING (k) GROUP BY u.label ORDER BY 1;
SELECT count(*) FROM t a JOIN t b ON a.name = b.name AND a.id < b.id; SELECT k, row_number() OVER (ORDER BY v DESC), lag(id) OVER w, sum(v) OVER w FROM t WHERE k < 3 WINDOW w AS (PARTITION BY k ORDER BY id) LIMIT 20;
UPDATE t SET v = v * 1.000001 WHERE k % 2; DELETE FROM t WHERE k % 17 = 3; SELECT count(*), total(v), sum(length(b)), group_concat(DISTINCT k % 5) FROM t;
CREATE VIRTUAL TABLE f USING fts5(body); INSERT INTO f SELECT 'the ' || name || ' quick ' || (k % 11) || ' fox' FROM t LIMIT 5000; SELECT count(*), max(bm25(f)) FROM f WHERE f MATCH 'quick AND 7'; SELECT highlight(f, 0, '[', ']') FROM f WHERE f MATCH 'fox NEAR quick' ORDER BY rank LIMIT 3;
CREATE VIRTUAL TABLE r USING rtree(id, x0, x1, y0, y1); INSERT INTO r SELECT id, k, k + 5, v % 100, v % 100 + 3 FROM t LIMIT 5000; SELECT count(*), sum(id) FROM r WHERE x0 > 100 AND x1 < 400 AND y0 > 20 AND y1 < 60;
SELECT json_group_array(json_object('a', k, 'b', v)) FROM (SELECT k, v FROM t ORDER BY id LIMIT 5); SELECT json_extract('{"a":[1,2.5,{"b":null}]}', '$.a[1]'), 1e308 * 10, -1e-320, 0.1 + 0.2, 9223372036854775807 + 1, CAST('12abc' AS INT), 5 / 2, -5 % 3, round(2.675, 2), printf('%.17g %e', 1.0 / 3, 12345.678), hex(zeroblob(4)), quote(3.0), strftime('%s', '2024-02-29'), julianday('2000-01-01 12:00');
SELECT sin(1), exp(1), ln(2), pow(2, 0.5), pi(); PRAGMA integrity_check; INSERT INTO f(f) VALUES('integrity-check'); VACUUM; PRAGMA integrity_check; PRAGMA wal_checkpoint(TRUNCATE);
SQL
sqlite3 db <q.sql; sqlite3 db .dump | grep -v '^INSERT INTO t ' | sha256sum; sqlite3 db 'SELECT id, k, name, ieee754(v), quote(b) FROM t' | sha256sum; sqlite3 db '.schema' | head -n 5; sqlite3 db '.mode csv' 'SELECT * FROM t WHERE id % 5000 = 1'; sqlite3 :memory: ".import --csv /dev/stdin x" "SELECT count(*), sum(a) FROM x" <<E
a,b
1,2
3,4
E
