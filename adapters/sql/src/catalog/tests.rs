//! The contracts on the embedded database, and what only this adapter promises.

use jangbogo_catalog::{ListProducts, ProductQueries as _, ProductSort, contract};
use jangbogo_inventory::{Stock, Transaction as Inventory};
use jangbogo_kernel::Store;
use jangbogo_member::contract::stored_member;
use sqlx::Sqlite;

use crate::fresh::Fresh;
use crate::statement::{assembled, sql};

macro_rules! holds {
    ($($behaviour:ident),* $(,)?) => {
        $(
            #[tokio::test]
            async fn $behaviour() {
                let fresh = Fresh::open().await;
                let store = &fresh.store;
                let proof = contract::$behaviour(store, store, store, &fresh.ids, fresh.now);
                proof.await.unwrap();
            }
        )*
    };
}

holds! {
    added_products_are_found,
    very_many_products_are_found,
    a_product_is_saved_once_per_version,
    a_withdrawn_product_is_shown_nowhere,
    a_seller_who_has_left_has_no_name,
    sales_are_counted_and_never_negative,
    pages_show_every_product_once,
    pages_hold_while_the_list_changes,
    a_list_shows_what_is_asked_for,
    a_text_is_found_literally,
}

/// The catalogue cannot make stock itself, so that its contract cannot ask for this.
#[tokio::test]
async fn cards_and_pages_show_the_stock() {
    let fresh = Fresh::open().await;
    let (store, ids) = (&fresh.store, &fresh.ids);
    let seller = stored_member(store, ids, fresh.now).await.unwrap().id;
    let product = contract::new_product(ids, seller, fresh.now).unwrap();
    let stock = Stock::opened(product.id, 17).unwrap();
    let store_of: &dyn Store<dyn Inventory> = store;
    let mut tx = store_of.begin().await.unwrap();
    tx.products().add(&[product.clone()]).await.unwrap();
    tx.stock().add(&[stock], fresh.now).await.unwrap();
    tx.commit().await.unwrap();
    let detail = store.find(product.id).await.unwrap().unwrap();
    assert_eq!(detail.card.stock, 17);
    let all = ListProducts::parse(None, None, (None, None), None, None, None).unwrap();
    let page = store.list(&all).await.unwrap();
    assert_eq!(page.items, [detail.card]);
}
