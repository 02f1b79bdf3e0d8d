//! The ordering crate alone, on an embedded database: two orders, one piece.
#![expect(clippy::print_stdout, reason = "an example shows what happens")]
use std::sync::Arc;

use jangbogo_catalog::{NewProduct, ProductChanges};
use jangbogo_inventory::Stock;
use jangbogo_kernel::{Clock as _, Fingerprint, IdGenerator, IdempotencyKey, Quantity, Store};
use jangbogo_member::{AddressDetails, EmailAddress, Member, Nickname, PasswordHash, Role};
use jangbogo_ordering::{PlaceOrder, PlaceOrders, PlaceSettings, Receiver, RequestedLine};
use jangbogo_ordering::{Transaction, Wanted};
use jangbogo_runtime::{RandomIds, SystemClock};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let file = std::env::temp_dir().join(format!("embed-{}.db", std::process::id()));
    let store = Arc::new(jangbogo_sql::SqliteStore::open(&file).await?);
    let clock = Arc::new(SystemClock);
    let ids: Arc<dyn IdGenerator> = Arc::new(RandomIds::new(clock.clone()));
    let (member, product, now) = (ids.next(), ids.next(), clock.now());
    let mut given = ProductChanges { original_price: Some(12_900), ..ProductChanges::default() };
    (given.name, given.maker) = (Some("Lutein".to_owned()), Some("Wando".to_owned()));
    let (email, nickname) = (EmailAddress::parse("jang@example.com")?, Nickname::parse("jang")?);
    let password = PasswordHash::new("kept elsewhere".to_owned());
    let account = Member::joined(member, email, nickname, password, Role::Seller, now);
    let mut tx: Box<dyn Transaction> = store.begin().await?;
    tx.members().add(&account).await?;
    tx.products().add(&[NewProduct::parse(given)?.into_product(product, member, now)]).await?;
    tx.stock().add(&[Stock::opened(product, 1)?], now).await?;
    tx.commit().await?;
    let orders = PlaceOrders::new(store.clone(), clock, ids, PlaceSettings::default());
    let to = AddressDetails::parse("Jang Bogo", "010-1234-5678", "59100", "Cheonghaejin-ro", "")?;
    let (principal, operation) = (member.uuid(), PlaceOrders::OPERATION);
    let order = |key: &str| PlaceOrder {
        buyer: member,
        wanted: Wanted::Lines(vec![RequestedLine { product, quantity: Quantity::ONE }]),
        receiver: Receiver::Given(to.clone()),
        key: IdempotencyKey {
            principal,
            operation,
            key: key.to_owned(),
            fingerprint: Fingerprint([0; 32]),
        },
    };
    for answer in orders.run(&[order("first"), order("second")]).await? {
        println!("{answer:?}");
    }
    Ok(std::fs::remove_file(file)?)
}
