//! The contracts on the embedded database.

use jangbogo_cart::contract;

use crate::fresh::Fresh;

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
    a_cart_has_one_line_per_product,
    taken_out_pieces_are_gone,
    a_removed_line_is_gone,
    carts_are_kept_apart,
    a_cart_shows_the_products_of_now,
}
