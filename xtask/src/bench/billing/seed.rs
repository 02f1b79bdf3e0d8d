//! Subscriptions that were begun thirty days ago, as rows: their first orders are paid, and the
//! second cycle of each is due today.

use jangbogo_catalog::{NewProduct, ProductChanges, ProductId};
use jangbogo_gateway_simulator::Simulator;
use jangbogo_inventory::AddProductCommand;
use jangbogo_member::{Caller, LogInCommand, Role, SignUpCommand};
use jangbogo_setup::Opened;
use sqlx::{AssertSqlSafe, PgPool};

/// Whose subscriptions they are, and of what.
pub(super) struct Goods {
    buyer: Caller,
    seller: Caller,
    products: Vec<ProductId>,
    now_us: i64,
    today: i64,
    due_us: i64,
}

/// Orders of one product lock its stock one after the other; a shop has many products.
const PRODUCTS: usize = 200;
const PRICE: i64 = 9_000;
const PASSWORD: &str = "measure twice, cut once";

pub(super) async fn goods(opened: &Opened) -> anyhow::Result<Goods> {
    let (buyer, seller) = (member(opened, Role::Buyer).await?, member(opened, Role::Seller).await?);
    let mut products = Vec::with_capacity(PRODUCTS);
    for number in 0..PRODUCTS {
        let product = NewProduct::parse(ProductChanges {
            name: Some(format!("홍삼 {number}")),
            maker: Some("장보고".to_owned()),
            original_price: Some(PRICE),
            discount_bps: Some(0),
            ..ProductChanges::default()
        })?;
        let command = AddProductCommand { product, stock: 1_000_000, key: None };
        products.push(opened.shop.add_product.run(&seller, command).await?.product.id);
    }
    let (calendar, now) = (&opened.shop.calendar, opened.shop.clock.now());
    let today = calendar.day_of(now);
    let due_us = calendar.start_of(today).as_micros();
    let (now_us, today) = (now.as_micros(), today.number());
    Ok(Goods { buyer, seller, products, now_us, today, due_us })
}

async fn member(opened: &Opened, role: Role) -> anyhow::Result<Caller> {
    let name = format!("{role:?}").to_lowercase();
    let email = format!("{name}@bench.example");
    let command = SignUpCommand::parse(&email, PASSWORD, &name)?.with_role(role);
    opened.shop.sign_up.run(command).await?;
    let logged_in = opened.shop.log_in.run(LogInCommand::parse(&email, PASSWORD)?).await?;
    Ok(opened.shop.authenticate.run(&logged_in.access_token).await?)
}

/// The agreement of the subscription of this number; KakaoPay's have 20 characters.
fn sid(number: u32) -> String {
    format!("S{number:019x}")
}

/// The provider's side.
pub(super) async fn agreements(
    simulator: &Simulator,
    goods: &Goods,
    due: u32,
) -> anyhow::Result<()> {
    let buyer = goods.buyer.member.to_string();
    let sids: Vec<String> = (1..=due).map(sid).collect();
    simulator.has_agreements(&buyer, &sids).await
}

/// Our side. Ids are made of the subscription's number, so that rows find each other.
pub(super) async fn subscriptions(pool: &PgPool, goods: &Goods, due: u32) -> anyhow::Result<()> {
    let products: Vec<_> = goods.products.iter().map(|product| product.uuid()).collect();
    for statement in STATEMENTS {
        let text = format!(
            "WITH n AS (SELECT n, md5('order' || n)::uuid AS order_id, \
                 md5('intent' || n)::uuid AS intent_id, md5('attempt' || n)::uuid AS attempt_id, \
                 md5('agreement' || n)::uuid AS agreement_id, md5('sub' || n)::uuid AS sub_id, \
                 md5('first' || n)::uuid AS first_id, md5('next' || n)::uuid AS next_id, \
                 'S' || lpad(to_hex(n), 19, '0') AS sid, \
                 ($5::uuid[])[1 + n % array_length($5::uuid[], 1)] AS product_id, \
                 $2::uuid AS buyer, $3::uuid AS seller, $4::bigint AS price, $6::bigint AS now, \
                 $7::bigint AS today, $8::bigint AS due_at \
             FROM generate_series(1, $1::int) n) {statement}"
        );
        sqlx::query(AssertSqlSafe(text))
            .bind(i32::try_from(due)?)
            .bind(goods.buyer.member.uuid())
            .bind(goods.seller.member.uuid())
            .bind(PRICE)
            .bind(products.clone())
            .bind(goods.now_us)
            .bind(goods.today)
            .bind(goods.due_us)
            .execute(pool)
            .await?;
    }
    sqlx::query("ANALYZE").execute(pool).await?;
    Ok(())
}

const STATEMENTS: [&str; 8] = [
    "INSERT INTO orders (id, buyer_id, state, currency, total, refunded, receiver_name, \
         receiver_phone, receiver_postcode, receiver_address1, receiver_address2, placed_at, \
         expires_at, version, origin) \
     SELECT order_id, buyer, 'paid', 'KRW', price, 0, '장보고', '010-1234-5678', '59100', \
         '완도읍 청해진로 1', '', now, now, 2, 'subscription' FROM n",
    "INSERT INTO order_line (order_id, number, product_id, seller_id, product_name, unit_price, \
         quantity, total, returned) \
     SELECT order_id, 1, product_id, seller, '홍삼', price, 1, price, 0 FROM n",
    "INSERT INTO payment_intent (id, order_id, buyer_id, amount, currency, created_at, \
         is_recurring) \
     SELECT intent_id, order_id, buyer, price, 'KRW', now, TRUE FROM n",
    "INSERT INTO payment_attempt (id, intent_id, order_id, buyer_id, number, operation, provider, \
         merchant_ref, amount, currency, state, version, provider_transaction, created_at, \
         sent_at, settled_at, lookups, way) \
     SELECT attempt_id, intent_id, order_id, buyer, 1, 'CAPTURE', 'kakaopay', \
         'pay_' || replace(attempt_id::text, '-', ''), price, 'KRW', 'SUCCEEDED', 3, \
         'seeded ' || n, now, now, now, 0, 'AGREEING' FROM n",
    "INSERT INTO agreement (id, buyer_id, provider, secret_key, granted_by, state, version, \
         created_at) \
     SELECT agreement_id, buyer, 'kakaopay', sid, attempt_id, 'ACTIVE', 1, now FROM n",
    "INSERT INTO subscription (id, member_id, state, period_days, currency, receiver_name, \
         receiver_phone, receiver_postcode, receiver_address1, receiver_address2, \
         first_order_id, agreement_id, version, created_at) \
     SELECT sub_id, buyer, 'active', 30, 'KRW', '장보고', '010-1234-5678', '59100', \
         '완도읍 청해진로 1', '', order_id, agreement_id, 2, now FROM n",
    "INSERT INTO subscription_line (subscription_id, number, product_id, quantity, unit_price) \
     SELECT sub_id, 1, product_id, 1, price FROM n",
    "INSERT INTO due_cycle (id, subscription_id, number, period_start, due_at, next_at, state, \
         tries, first_day, order_id, attempt_id, version, created_at) \
     SELECT first_id, sub_id, 0, today - 30, due_at, due_at, 'PAID', 0, NULL::bigint, order_id, \
         NULL::uuid, 1, \
         now FROM n \
     UNION ALL \
     SELECT next_id, sub_id, 1, today, due_at, due_at, 'SCHEDULED', 0, NULL, NULL, NULL, 1, \
         now FROM n",
];
