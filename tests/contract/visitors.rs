//! Sketches of visitors, and the names that are taken off them.

/// A test for each behaviour of a sketch, on fresh sketches that `$fresh` makes.
macro_rules! sketches {
    ($($name:ident($($sketch:ident),+),)+) => {
        pub(crate) const LISTED: &[&str] =
            &["somebody_is_one_visitor_a_day", $(stringify!($name)),+];

        $(
            #[tokio::test]
            async fn $name() {
                let ids = jangbogo_runtime::SequentialIds::new();
                $(let $sketch = jangbogo_cache::MemoryVisitors::default();)+
                let proved = contract::$name($(&$sketch,)+ &ids, crate::fresh::NOW);
                proved.await.unwrap();
            }
        )+
    };
}

use jangbogo_catalog::contract;
use jangbogo_credentials::{HashedVisitors, SigningKey};

sketches! {
    a_visitor_counts_once(sketch),
    a_settled_sketch_is_shown_when_somebody_new_comes(sketch),
    a_lost_sketch_goes_on_from_what_is_stored(sketch, fresh),
}

#[test]
fn somebody_is_one_visitor_a_day() {
    let (key, other) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
    let [names, same_key] = [HashedVisitors::new(&key), HashedVisitors::new(&key)];
    let other_key = HashedVisitors::new(&other);
    let ids = jangbogo_runtime::SequentialIds::new();
    let now = crate::fresh::NOW;
    contract::somebody_is_one_visitor_a_day(&names, &same_key, &other_key, &ids, now);
}
