//! A long shelf, made by the engines themselves. Its products are only counted and sorted, never
//! read, so that prices need not be what discounts make of them.

use jangbogo_kernel::Uuid;
use jangbogo_sql::{PostgresStore, SqlStore, SqliteStore};
use jangbogo_tests::Scratch;
use jangbogo_tests::servers::Database;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};

/// When the first of the buyer's orders was placed; one more each microsecond.
pub(crate) const ORDERED_AT: i64 = 1_700_000_000_000_000;

/// Who has a thousand orders.
pub(crate) fn buyer() -> Uuid {
    numbered(2, 0)
}

/// One of them, with ten lines.
pub(crate) fn order() -> Uuid {
    numbered(4, 10)
}

fn numbered(kind: u16, number: u64) -> Uuid {
    Uuid::from_fields(0, kind, 0x7000, &(number | 1 << 63).to_be_bytes())
}

/// A filled database, removed at the end.
pub(crate) struct Shelf<S, P> {
    pub(crate) store: S,
    place: P,
}

pub(crate) async fn sqlite() -> Shelf<SqliteStore, Scratch> {
    let place = Scratch::new();
    let path = place.path().join("shop.db");
    let store: SqlStore<_> = SqliteStore::open(&path).await.unwrap();
    let mut on = SqliteConnection::connect(&format!("sqlite:{}", path.display())).await.unwrap();
    let numbers = |below: &str| {
        format!(
            "(WITH RECURSIVE s (n) AS (SELECT 0 UNION ALL \
                 SELECT n + 1 FROM s WHERE n + 1 < {below}) SELECT n FROM s)"
        )
    };
    let id = |kind: u16, number: &str| {
        format!("unhex(printf('00000000{kind:04x}70008%015x', {number}))")
    };
    let text = filling(numbers, id);
    sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut on).await.unwrap();
    on.close().await.unwrap();
    Shelf { store, place }
}

impl Shelf<SqliteStore, Scratch> {
    /// The same, opened again after SQLite has counted its rows.
    pub(crate) async fn counted(self) -> Self {
        self.store.close().await;
        let path = self.place.path().join("shop.db");
        let url = format!("sqlite:{}", path.display());
        let mut on = SqliteConnection::connect(&url).await.unwrap();
        sqlx::raw_sql("ANALYZE").execute(&mut on).await.unwrap();
        on.close().await.unwrap();
        Self { store: SqliteStore::open(&path).await.unwrap(), ..self }
    }
}

pub(crate) async fn postgres() -> Shelf<PostgresStore, Database> {
    let place = Database::fresh();
    let store: SqlStore<_> = PostgresStore::connect(&place.url()).await.unwrap();
    let mut on = PgConnection::connect(&place.url()).await.unwrap();
    let numbers = |below: &str| format!("(SELECT generate_series(0::bigint, {below} - 1) AS n)");
    let id = |kind: u16, number: &str| {
        format!("('00000000{kind:04x}70008' || lpad(to_hex({number}), 15, '0'))::uuid")
    };
    let text = filling(numbers, id);
    sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut on).await.unwrap();
    // Each of its own, as VACUUM will have it.
    sqlx::raw_sql("VACUUM ANALYZE").execute(&mut on).await.unwrap();
    on.close().await.unwrap();
    Shelf { store, place }
}

/// 100,000 products of 46 makers in nine categories, a quarter of them in two; ten buyers with a
/// thousand orders each. Numbers that have no common divisor shuffle what lists are sorted by.
fn filling(numbers: impl Fn(&str) -> String, id: impl Fn(u16, &str) -> String) -> String {
    let (seller, product, stock) = (id(1, "0"), id(3, "n"), id(3, "n"));
    let (products, buyers, orders) = (numbers("100000"), numbers("10"), numbers("10000"));
    let (buyer, buyer_of, order) = (id(2, "n"), id(2, "n % 10"), id(4, "n"));
    let (line, line_product, ten) = (id(4, "o.n"), id(3, "o.n + l.n"), numbers("10"));
    let category = |shift: &str| {
        format!(
            "CASE (p.sales + {shift}) % 9 WHEN 0 THEN 'eye' WHEN 1 THEN 'bone' WHEN 2 THEN 'brain' \
             WHEN 3 THEN 'intestine' WHEN 4 THEN 'liver' WHEN 5 THEN 'skin' \
             WHEN 6 THEN 'antioxidant' WHEN 7 THEN 'fatigue' ELSE 'etc' END"
        )
    };
    let (first, second) = (category("0"), category("3"));
    let copies = "p.id, 1, p.status, p.updated_at, p.selling_price, p.sales, \
                  p.discount_bps FROM product p";
    let into_category = "INSERT INTO product_category (category, product_id, position, status, \
                         updated_at, selling_price, sales, discount_bps)";
    format!(
        "INSERT INTO member \
             (id, email, nickname, password_hash, role, status, version, created_at) \
         VALUES ({seller}, 's@example.org', 's', 'x', 'seller', 'active', 1, 0);
         INSERT INTO member \
             (id, email, nickname, password_hash, role, status, version, created_at) \
         SELECT {buyer}, n || '@example.org', 'b' || n, 'x', 'buyer', 'active', 1, 0 \
         FROM {buyers} AS s;
         INSERT INTO product (id, seller_id, name, name_en, maker, description, image_url, \
             attributes, search_text, currency, original_price, discount_bps, selling_price, \
             status, sales, version, created_at, updated_at) \
         SELECT {product}, {seller}, 'p' || n, '', 'maker ' || (n % 46), '', '', '{{}}', 'p' || n, \
             'KRW', 20000000, n % 15 * 500, 1000 + n * 7919 % 99991 * 100, 'on_sale', \
             n * 31337 % 10007, 1, 0, 1262304000000000 + n * 7907 % 100003 * 5300000000 \
         FROM {products} AS s;
         {into_category} SELECT {first}, {copies};
         {into_category} SELECT {second}, {copies} WHERE p.sales % 4 = 0;
         INSERT INTO stock (product_id, initial, adjusted, available, reserved, sold, sequence) \
         SELECT {stock}, 5, 0, 5, 0, 0, 1 FROM {products} AS s;
         INSERT INTO orders (id, buyer_id, state, currency, total, refunded, receiver_name, \
             receiver_phone, receiver_postcode, receiver_address1, receiver_address2, placed_at, \
             expires_at, version) \
         SELECT {order}, {buyer_of}, CASE n / 10 % 2 WHEN 0 THEN 'expired' ELSE 'cancelled' END, \
             'KRW', 10, 0, 'B', '01012345678', '04524', 'Seoul', '', {ORDERED_AT} + n / 10, \
             {ORDERED_AT} + n, 2 \
         FROM {orders} AS s;
         INSERT INTO order_line (order_id, number, product_id, seller_id, product_name, \
             unit_price, quantity, total, returned) \
         SELECT {line}, l.n + 1, {line_product}, {seller}, 'p', 1, 1, 1, 0 \
         FROM {orders} AS o, {ten} AS l WHERE l.n < 3 OR o.n = 10;
         INSERT INTO state_history (entity, entity_id, version, from_state, to_state, reason, at) \
         SELECT 'order', {order}, 1, '', 'pending_payment', '', 0 FROM {orders} AS s;
         INSERT INTO state_history (entity, entity_id, version, from_state, to_state, reason, at) \
         SELECT 'order', {order}, 2, 'pending_payment', 'expired', '', 0 FROM {orders} AS s;"
    )
}
