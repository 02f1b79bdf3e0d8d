//! Fills an empty shop with the demo catalogue, in one transaction: all of it or nothing.

use std::fmt::Write as _;

use anyhow::Context as _;
use jangbogo_catalog::{
    Attributes, ListProducts, NewProduct, Product, ProductAdded, ProductChanges, ProductQueries,
    SoldItem, ViewDay,
};
use jangbogo_inventory::Stock;
use jangbogo_kernel::{Event, Fault, Store, StoreError};
use jangbogo_member::{EmailAddress, Member, MemberId, MemberSignedUp, Nickname, Password, Role};
use jangbogo_ordering::Transaction;
use rand::RngExt as _;

use super::{DemoProduct, SELLERS, catalogue};
use crate::Surroundings;

/// The ready-made accounts of a demo shop, with passwords that exist nowhere else.
#[derive(Clone)]
pub struct DemoAccounts {
    /// Who buys.
    pub buyer: DemoAccount,
    /// Who sells.
    pub seller: DemoAccount,
}

/// One ready-made account.
#[derive(Clone)]
pub struct DemoAccount {
    /// Its address.
    pub email: String,
    /// Its password, made at random for this shop.
    pub password: String,
}

/// The catalogue is the same everywhere, so that people can talk about it.
const CATALOGUE_SEED: u64 = 2026;

/// Fills an empty shop. `keep` is shown the accounts before they count, so that a password that
/// works has always been kept. Of several processes that begin at once one does it.
pub(crate) async fn seed<S>(
    store: &S,
    around: &Surroundings,
    products: usize,
    keep: impl FnOnce(&DemoAccounts) -> anyhow::Result<()> + Send,
) -> anyhow::Result<Option<DemoAccounts>>
where
    S: Store<dyn Transaction> + ProductQueries,
{
    if has_products(store).await? {
        return Ok(None);
    }
    let accounts = DemoAccounts {
        buyer: DemoAccount::new("buyer@demo.jangbogo.example"),
        seller: DemoAccount::new("seller@demo.jangbogo.example"),
    };
    let members = demo_members(around, &accounts).await?;
    match fill(store, around, products, &members, || keep(&accounts)).await {
        Ok(()) => Ok(Some(accounts)),
        // The accounts' addresses are unique: another process had them first.
        Err(error) if is_contended(&error) && has_products(store).await? => Ok(None),
        Err(error) => Err(error),
    }
}

async fn has_products(store: &impl ProductQueries) -> anyhow::Result<bool> {
    let anything = ListProducts::parse(None, None, None, (None, None), None, Some(1), None)?;
    Ok(!store.list(&anything).await?.items.is_empty())
}

fn is_contended(error: &anyhow::Error) -> bool {
    error.downcast_ref::<StoreError>().is_some_and(Fault::is_contended)
}

async fn fill(
    store: &(impl Store<dyn Transaction> + ?Sized),
    around: &Surroundings,
    products: usize,
    members: &[Member],
    keep: impl FnOnce() -> anyhow::Result<()> + Send,
) -> anyhow::Result<()> {
    let sellers: Vec<MemberId> = members.iter().skip(1).map(|member| member.id).collect();
    let now = around.clock.now();
    // So that the first rankings have something to show.
    let day = ViewDay::of(now).before();
    let ids = &*around.ids;
    let mut tx = store.begin().await?;
    let mut events = Vec::with_capacity(products + members.len());
    for member in members {
        tx.members().add(member).await?;
        events.push(Event::of(&MemberSignedUp { member: member.id }, ids, now)?);
    }
    keep()?;
    let (mut listed, mut stocks, mut sold) = (Vec::new(), Vec::new(), Vec::new());
    for demo in catalogue(products, CATALOGUE_SEED) {
        let seller = sellers.get(demo.seller).context("a demo product names no seller")?;
        let product = demo_product(&demo)?.into_product(ids.next(), *seller, now);
        events.push(Event::of(&ProductAdded { product: product.id }, ids, now)?);
        stocks.push(Stock::opened(product.id, demo.stock)?);
        sold.push(SoldItem { product: product.id, pieces: demo.sales, day });
        listed.push(product);
    }
    add_products(&mut *tx, &listed, &stocks, &sold, around).await?;
    tx.outbox().append(events).await?;
    Ok(tx.commit().await?)
}

async fn add_products(
    tx: &mut dyn Transaction,
    products: &[Product],
    stocks: &[Stock],
    sold: &[SoldItem],
    around: &Surroundings,
) -> anyhow::Result<()> {
    tx.products().add(products).await?;
    tx.stock().add(stocks, around.clock.now()).await?;
    tx.sales().count(sold).await?;
    Ok(())
}

/// The buyer first, then one member for each of [`SELLERS`]; only the first seller can log in.
async fn demo_members(
    around: &Surroundings,
    accounts: &DemoAccounts,
) -> anyhow::Result<Vec<Member>> {
    let mut members = vec![demo_member(around, &accounts.buyer, "장바구니", Role::Buyer).await?];
    for (number, seller) in SELLERS.iter().enumerate() {
        let account = match number {
            0 => accounts.seller.clone(),
            _ => DemoAccount::new(&format!("seller{}@demo.jangbogo.example", number + 1)),
        };
        members.push(demo_member(around, &account, seller.nickname, Role::Seller).await?);
    }
    Ok(members)
}

async fn demo_member(
    around: &Surroundings,
    account: &DemoAccount,
    nickname: &str,
    role: Role,
) -> anyhow::Result<Member> {
    let email = EmailAddress::parse(&account.email)?;
    let nickname = Nickname::parse(nickname)?;
    let password = Password::chosen(&account.password, &email, &nickname)?;
    let hash = around.hasher.hash(&password).await?;
    Ok(Member::joined(around.ids.next(), email, nickname, hash, role, around.clock.now()))
}

fn demo_product(demo: &DemoProduct) -> anyhow::Result<NewProduct> {
    let given = demo.attributes.clone();
    let attributes = Attributes {
        statement_number: given.statement_number,
        registered_on: given.registered_on,
        shelf_life: given.shelf_life,
        appearance: given.appearance,
        serving_use: given.serving_use,
        storage: given.storage,
        intake_caution: given.intake_caution,
        main_function: given.main_function,
        base_standard: given.base_standard,
    };
    Ok(NewProduct::parse(ProductChanges {
        name: Some(demo.name.clone()),
        name_en: Some(demo.name_en.clone()),
        maker: Some(demo.maker.clone()),
        description: Some(demo.description.clone()),
        image_url: None,
        categories: Some(demo.categories.iter().map(|slug| (*slug).to_owned()).collect()),
        attributes: Some(attributes),
        original_price: Some(demo.original_price),
        discount_bps: Some(demo.discount_bps),
    })?)
}

impl DemoAccount {
    fn new(email: &str) -> Self {
        let mut random = rand::rng();
        let mut password = String::from("demo");
        for _ in 0..3 {
            let _ = write!(password, "-{:04x}", random.random::<u16>());
        }
        Self { email: email.to_owned(), password }
    }
}
