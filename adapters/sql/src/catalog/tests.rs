//! What only this adapter promises; the contracts are run by the tests package.

use jangbogo_catalog::{ListProducts, ProductQueries as _, contract};
use jangbogo_inventory::{Stock, Transaction as Inventory};
use jangbogo_kernel::Store;
use jangbogo_member::contract::stored_member;

use crate::fresh::Fresh;

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
    let products = std::slice::from_ref(&product);
    tx.products().add(products).await.unwrap();
    tx.stock().add(&[stock], fresh.now).await.unwrap();
    tx.commit().await.unwrap();
    let detail = store.find(product.id).await.unwrap().unwrap();
    assert_eq!(detail.card.stock, 17);
    let all = ListProducts::parse(None, None, None, (None, None), None, None, None).unwrap();
    let page = store.list(&all).await.unwrap();
    assert_eq!(page.items, [detail.card]);
}
