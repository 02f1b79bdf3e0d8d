//! The yardstick of orders: what a shop does that locks its stock row and commits each order alone.
//!
//! pgbench comes with PostgreSQL. Its own table, its own database on the same server, no HTTP.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, ensure};
use tokio::process::Command;

use super::server::program;

/// `BEGIN; SELECT stock FOR UPDATE; UPDATE; INSERT order, line, outbox; COMMIT`.
const ORDER: &str = "\
\\set product random(1, :products)
BEGIN;
SELECT available FROM bench_stock WHERE product_id = :product FOR UPDATE;
UPDATE bench_stock SET available = available - 1, reserved = reserved + 1 \
    WHERE product_id = :product AND available >= 1;
INSERT INTO bench_order (buyer_id, total) VALUES (1, 9000) RETURNING id AS order_id \\gset
INSERT INTO bench_line (order_id, product_id, quantity, price) \
    VALUES (:order_id, :product, 1, 9000);
INSERT INTO bench_outbox (aggregate_id, name, payload) \
    VALUES (:order_id, 'order.placed.v1', '{\"order\": 1, \"total\": 9000}');
COMMIT;
";

const TABLES: &str = "\
DROP TABLE IF EXISTS bench_stock, bench_order, bench_line, bench_outbox;
CREATE TABLE bench_stock (product_id bigint PRIMARY KEY, available bigint NOT NULL
    CHECK (available >= 0), reserved bigint NOT NULL);
CREATE TABLE bench_order (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    buyer_id bigint NOT NULL, total bigint NOT NULL, placed_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE bench_line (order_id bigint REFERENCES bench_order, product_id bigint NOT NULL,
    quantity bigint NOT NULL, price bigint NOT NULL, PRIMARY KEY (order_id, product_id));
CREATE TABLE bench_outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    aggregate_id bigint NOT NULL, name text NOT NULL, payload text NOT NULL,
    published_at timestamptz);
";

/// Transactions per second of 16 clients over so many products.
pub(crate) async fn orders_per_second(
    url: &str,
    folder: &Path,
    products: usize,
    seconds: u32,
) -> anyhow::Result<f64> {
    let script = folder.join("order.sql");
    std::fs::write(&script, ORDER)?;
    let stock = format!(
        "INSERT INTO bench_stock SELECT n, 1000000000, 0 FROM generate_series(1, {products}) n; \
         ANALYZE bench_stock; CHECKPOINT"
    );
    let mut psql = Command::new(program("psql")?);
    psql.args(["--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1"]);
    psql.args(["--command", TABLES, "--command", &stock, url])
        .env("PGOPTIONS", "-c client_min_messages=error");
    ensure!(psql.status().await.context("cannot run psql")?.success(), "psql failed");
    let mut pgbench = Command::new(program("pgbench")?);
    pgbench.args(["--no-vacuum", "--client", "16", "--jobs", "2", "--define"]);
    pgbench.arg(format!("products={products}"));
    pgbench.args(["--time", &seconds.to_string(), "--file"]).arg(&script).arg(url);
    let output = pgbench.stderr(Stdio::inherit()).output().await.context("cannot run pgbench")?;
    ensure!(output.status.success(), "pgbench failed ({})", output.status);
    let text = String::from_utf8(output.stdout)?;
    let line = text.lines().find_map(|line| line.strip_prefix("tps = "));
    let rate = line.and_then(|line| line.split(' ').next()).context("pgbench tells no rate")?;
    Ok(rate.parse()?)
}
