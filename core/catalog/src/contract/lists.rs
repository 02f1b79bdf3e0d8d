//! Lists of products.

use std::time::Duration;

use jangbogo_kernel::{IdGenerator, Store, StoreError, Timestamp};
use jangbogo_member::MemberId;
use jangbogo_member::contract::stored_member;

use super::{Members, added, counted, made, new_product, price};
use crate::{
    Category, ListBrands, ListProducts, Product, ProductCard, ProductId, ProductQueries,
    ProductSort, Transaction,
};

const SORTS: [ProductSort; 5] = [
    ProductSort::Newest,
    ProductSort::PriceAsc,
    ProductSort::PriceDesc,
    ProductSort::Sales,
    ProductSort::Discount,
];

/// Which products a question means.
type Fits = fn(&Product) -> bool;
/// Makes the question.
type Asks = fn(&mut ListProducts);

const FILTERS: [(&str, Asks, Fits); 8] = [
    ("everything", |_| (), |_| true),
    (
        "a category",
        |question| question.category = Some(Category::Liver),
        |product| product.categories.contains(&Category::Liver),
    ),
    (
        "a brand",
        |question| question.brand = Some("한빛바이오".to_owned()),
        |product| product.maker == "한빛바이오",
    ),
    (
        "a category of a brand",
        |question| {
            question.brand = Some("한빛바이오".to_owned());
            question.category = Some(Category::Liver);
        },
        |product| product.maker == "한빛바이오" && product.categories.contains(&Category::Liver),
    ),
    (
        "a price at least",
        |question| question.min_price = Some(2_000),
        |product| product.price.selling().minor() >= 2_000,
    ),
    (
        "a price at most",
        |question| question.max_price = Some(2_000),
        |product| product.price.selling().minor() <= 2_000,
    ),
    (
        "a text",
        |question| question.text = Some("omega".to_owned()),
        |product| product.name_en == "OMEGA-3",
    ),
    (
        "all together",
        |question| {
            question.category = Some(Category::Liver);
            question.min_price = Some(1_000);
            question.max_price = Some(3_000);
            question.text = Some("omega".to_owned());
        },
        |product| {
            product.categories.contains(&Category::Liver)
                && (1_000..=3_000).contains(&product.price.selling().minor())
                && product.name_en == "OMEGA-3"
        },
    ),
];

/// In each order, ties included, following the cursors shows every product exactly once.
pub async fn pages_show_every_product_once(
    members: &Members,
    store: &dyn Store<dyn Transaction>,
    queries: &dyn ProductQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let seller = stored_member(members, ids, now).await?.id;
    let products = shelf(store, ids, seller, now).await?;
    for sort in SORTS {
        let name = sort.name();
        let mut whole = Vec::new();
        for limit in [100, 1, 4, 11, 22] {
            let shown = walked(queries, seller, sort, limit).await?;
            let mut seen: Vec<ProductId> = shown.iter().map(|card| card.product.id).collect();
            if whole.is_empty() {
                whole.clone_from(&seen);
            }
            assert_eq!(seen, whole, "{name}: pages of {limit} are in another order");
            seen.sort_unstable();
            let all: Vec<ProductId> = products.iter().map(|product| product.id).collect();
            assert_eq!(seen, all, "{name}: pages of {limit}, each product once");
            let is_sorted = shown.is_sorted_by(|a, b| in_order(sort, a, b));
            assert!(is_sorted, "{name}: pages of {limit} are not sorted");
        }
    }
    Ok(())
}

/// In each order, of a category or of all, the way back shows the same pages' items in the same
/// order, and ends at the first.
pub async fn pages_lead_back(
    members: &Members,
    store: &dyn Store<dyn Transaction>,
    queries: &dyn ProductQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let seller = stored_member(members, ids, now).await?.id;
    shelf(store, ids, seller, now).await?;
    for (sort, category) in SORTS.into_iter().flat_map(|s| [(s, None), (s, Some(Category::Liver))])
    {
        let page = async |cursor: Option<&str>| {
            let mut question = question(seller, sort, 4, cursor)?;
            question.category = category;
            queries.list(&question).await
        };
        let (mut pages, mut last) = (Vec::new(), page(None).await?);
        assert_eq!(last.previous, None, "{}: nothing is before the first page", sort.name());
        while let Some(next) = last.next.clone() {
            pages.push(last.items);
            last = page(Some(&next.to_string())).await?;
        }
        assert!(pages.len() > 2, "a short list proves nothing");
        while let Some(before) = pages.pop() {
            let previous = last.previous.map(|cursor| cursor.to_string());
            assert!(previous.is_some(), "{}: the way back ends too early", sort.name());
            last = page(previous.as_deref()).await?;
            assert_eq!(last.items, before, "{}: the way back", sort.name());
            assert!(last.next.is_some(), "{}: the way forward again", sort.name());
        }
        assert_eq!(last.previous, None, "{}: the way back has no end", sort.name());
    }
    Ok(())
}

/// A category's list shows its products as they are now: changed, sold, withdrawn.
pub async fn a_category_s_list_follows_its_products(
    members: &Members,
    store: &dyn Store<dyn Transaction>,
    queries: &dyn ProductQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let seller = stored_member(members, ids, now).await?.id;
    let new = || new_product(ids, seller, now);
    let (a, mut b, mut c) = (new()?, new()?, new()?);
    let first = async |sort: ProductSort, brand: Option<&str>| {
        let mut question = question(seller, sort, 100, None)?;
        question.category = Some(Category::Eye);
        question.brand = brand.map(str::to_owned);
        let page = queries.list(&question).await?;
        Ok::<_, StoreError>(page.items.into_iter().map(|card| card.product.id).collect::<Vec<_>>())
    };
    added(store, &[a.clone(), b.clone(), c.clone()]).await?;
    counted(store, &[(&a, 3), (&b, 2), (&c, 1)]).await?;
    assert_eq!(first(ProductSort::Sales, None).await?, [a.id, b.id, c.id], "sold pieces");
    b.price = price(1_000, 9_000)?;
    "한빛바이오".clone_into(&mut b.maker);
    b.version += 1;
    b.updated_at = now.plus(Duration::from_secs(1));
    let mut tx = store.begin().await?;
    tx.products().save(&b).await?;
    tx.commit().await?;
    for sort in [ProductSort::Newest, ProductSort::PriceAsc, ProductSort::Discount] {
        let shown = first(sort, None).await?;
        assert_eq!(shown.first(), Some(&b.id), "a changed product, {}", sort.name());
    }
    assert_eq!(first(ProductSort::Newest, Some("한빛바이오")).await?, [b.id], "a changed maker");
    counted(store, &[(&c, 9), (&b, -1)]).await?;
    assert_eq!(first(ProductSort::Sales, None).await?, [c.id, a.id, b.id], "pieces sold later");
    c.withdraw(now);
    let mut tx = store.begin().await?;
    tx.products().save(&c).await?;
    tx.commit().await?;
    assert_eq!(first(ProductSort::Sales, None).await?, [a.id, b.id], "a withdrawn product");
    Ok(())
}

/// Each maker who has something on sale is shown once, whoever sells it and however often.
pub async fn brands_are_shown_once(
    members: &Members,
    store: &dyn Store<dyn Transaction>,
    queries: &dyn ProductQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let seller = stored_member(members, ids, now).await?.id;
    let mut products = Vec::new();
    for n in 0..9 {
        let mut product = new_product(ids, seller, now)?;
        // Others may have brands in the same database.
        product.maker = format!("{} {}", seller, n / 2);
        products.push(product);
    }
    if let Some(last) = products.last_mut() {
        last.withdraw(now);
    }
    added(store, &products).await?;
    for limit in [1, 2, 100] {
        let (mut shown, mut cursor) = (Vec::new(), None);
        loop {
            let question = made(ListBrands::parse(Some(limit), cursor.as_deref()))?;
            let page = queries.brands(&question).await?;
            assert!(page.names.len() <= question.limit as usize, "a page of {limit} has more");
            shown.extend(page.names);
            let Some(next) = page.next else { break };
            cursor = Some(next);
        }
        shown.retain(|name| name.starts_with(&seller.to_string()));
        let expected: Vec<String> = (0..4).map(|n| format!("{seller} {n}")).collect();
        assert_eq!(shown, expected, "pages of {limit}");
    }
    Ok(())
}

/// A product that leaves, or comes in front of the cursor, makes no other repeat or go missing.
pub async fn pages_hold_while_the_list_changes(
    members: &Members,
    store: &dyn Store<dyn Transaction>,
    queries: &dyn ProductQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let seller = stored_member(members, ids, now).await?.id;
    shelf(store, ids, seller, now).await?;
    for sort in SORTS {
        let before = walked(queries, seller, sort, 100).await?;
        let first = asked(queries, seller, sort, 4, None).await?;
        let mut shown = first.0;
        let leaving = shown.last().map(|card| card.product.clone());
        let newcomer = shown.first().map(|card| Product {
            id: ids.next(),
            updated_at: card.product.updated_at.plus(Duration::from_mins(1)),
            ..card.product.clone()
        });
        if let Some(newcomer) = newcomer
            && sort == ProductSort::Newest
        {
            added(store, &[newcomer]).await?;
        }
        if let Some(mut leaving) = leaving {
            leaving.withdraw(now);
            let mut tx = store.begin().await?;
            tx.products().save(&leaving).await?;
            tx.commit().await?;
        }
        let mut cursor = first.1;
        while let Some(after) = cursor {
            let (cards, next) = asked(queries, seller, sort, 4, Some(&after)).await?;
            shown.extend(cards);
            cursor = next;
        }
        let id = |card: &ProductCard| card.product.id;
        let before: Vec<ProductId> = before.iter().map(id).collect();
        let shown: Vec<ProductId> = shown.iter().map(id).collect();
        assert_eq!(shown, before, "{}: the other products", sort.name());
    }
    Ok(())
}

/// Category, price range and text leave out what they do not name, in each order.
pub async fn a_list_shows_what_is_asked_for(
    members: &Members,
    store: &dyn Store<dyn Transaction>,
    queries: &dyn ProductQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let seller = stored_member(members, ids, now).await?.id;
    let products = shelf(store, ids, seller, now).await?;
    let mut gone = new_product(ids, seller, now)?;
    gone.withdraw(now);
    added(store, &[gone]).await?;
    let stranger = stored_member(members, ids, now).await?.id;
    added(store, &[new_product(ids, stranger, now)?]).await?;
    for (what, asks, fits) in FILTERS {
        for sort in SORTS {
            let mut question = question(seller, sort, 100, None)?;
            asks(&mut question);
            let page = queries.list(&question).await?;
            let mut shown: Vec<Product> = page.items.into_iter().map(|card| card.product).collect();
            shown.sort_by_key(|product| product.id);
            let expected: Vec<Product> = products.iter().filter(|p| fits(p)).cloned().collect();
            assert!(!expected.is_empty(), "{what} proves nothing");
            assert_eq!(shown, expected, "{what}, sorted by {}", sort.name());
        }
    }
    Ok(())
}

/// A text is looked for as it is written: no character of it stands for others.
pub async fn a_text_is_found_literally(
    members: &Members,
    store: &dyn Store<dyn Transaction>,
    queries: &dyn ProductQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let seller = stored_member(members, ids, now).await?.id;
    let names = [
        "100% 비타민",
        "100 비타민",
        "a_b",
        "axb",
        r"back\slash",
        "back slash",
        r"\% 와 \_",
        "O'Neill \"quoted\"",
        "[a-z]*?",
        "ＦＵＬＬ　ｗｉｄｔｈ",
    ];
    let mut products = Vec::new();
    for name in names {
        let mut product = new_product(ids, seller, now)?;
        name.clone_into(&mut product.name);
        products.push(product);
    }
    added(store, &products).await?;
    let texts = [
        "%",
        "_",
        r"\",
        "0%",
        "a_b",
        "axb",
        "a%b",
        r"\%",
        r"\_",
        r"\\",
        "%%",
        "'",
        "\"",
        "[a-z]",
        "*?",
        "full width",
        "FULL WIDTH",
        "비타민",
        "참들녘",
        "lutein",
        "100 비타민 l",
        "없는 말",
    ];
    for text in texts {
        let mut question = question(seller, ProductSort::Newest, 100, None)?;
        let parsed = ListProducts::parse(None, None, None, (None, None), Some(text), None, None);
        question.text = made(parsed)?.text;
        let wanted = question.text.clone().unwrap_or_default();
        let page = queries.list(&question).await?;
        let mut shown: Vec<&str> = page.items.iter().map(|c| &*c.product.name).collect();
        shown.sort_unstable();
        let matching = products.iter().filter(|p| p.search_text().contains(&wanted));
        let mut expected: Vec<&str> = matching.map(|p| &*p.name).collect();
        expected.sort_unstable();
        assert_eq!(shown, expected, "{text:?}");
    }
    Ok(())
}

/// Twenty-two products in the order of their ids, with ties in every order of lists.
async fn shelf(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    seller: MemberId,
    now: Timestamp,
) -> Result<Vec<Product>, StoreError> {
    let mut products = Vec::new();
    let mut sold = Vec::new();
    for n in 0_u32..22 {
        let mut product = new_product(ids, seller, now)?;
        product.updated_at = now.plus(Duration::from_micros(u64::from(n * 7 % 5)));
        product.price = price(i64::from(n * 5 % 6 + 1) * 1_000, n * 3 % 4 * 1_000)?;
        if n % 3 != 0 {
            product.categories = vec![Category::Brain, Category::Liver];
        }
        if n % 4 != 0 {
            "한빛바이오".clone_into(&mut product.maker);
        }
        if n % 2 == 0 {
            "OMEGA-3".clone_into(&mut product.name_en);
        }
        sold.push(i64::from(n * 11 % 3));
        products.push(product);
    }
    products.sort_by_key(|product| product.id);
    added(store, &products).await?;
    let sold: Vec<_> = products.iter().zip(sold).collect();
    counted(store, &sold).await?;
    Ok(products)
}

fn question(
    seller: MemberId,
    sort: ProductSort,
    limit: i64,
    cursor: Option<&str>,
) -> Result<ListProducts, StoreError> {
    let name = Some(sort.name());
    let parsed = ListProducts::parse(name, None, None, (None, None), None, Some(limit), cursor);
    let mut question = made(parsed)?;
    question.seller = Some(seller);
    Ok(question)
}

async fn asked(
    queries: &dyn ProductQueries,
    seller: MemberId,
    sort: ProductSort,
    limit: i64,
    cursor: Option<&str>,
) -> Result<(Vec<ProductCard>, Option<String>), StoreError> {
    let page = queries.list(&question(seller, sort, limit, cursor)?).await?;
    let shown = i64::try_from(page.items.len()).unwrap_or(i64::MAX);
    assert!(shown <= limit, "a page of {limit} has {shown} items");
    // As clients do: the cursor goes out and comes back as text.
    Ok((page.items, page.next.map(|cursor| cursor.to_string())))
}

async fn walked(
    queries: &dyn ProductQueries,
    seller: MemberId,
    sort: ProductSort,
    limit: i64,
) -> Result<Vec<ProductCard>, StoreError> {
    let (mut shown, mut cursor) = asked(queries, seller, sort, limit, None).await?;
    let mut pages = 1;
    while let Some(after) = cursor {
        let (cards, next) = asked(queries, seller, sort, limit, Some(&after)).await?;
        assert!(!cards.is_empty(), "a cursor leads to an empty page");
        shown.extend(cards);
        cursor = next;
        pages += 1;
        assert!(pages <= 100, "the cursors go round in a circle");
    }
    Ok(shown)
}

/// Whether `a` may stand before `b`; ties may stand either way round.
fn in_order(sort: ProductSort, a: &ProductCard, b: &ProductCard) -> bool {
    let selling = |card: &ProductCard| card.product.price.selling().minor();
    match sort {
        ProductSort::Newest => a.product.updated_at >= b.product.updated_at,
        ProductSort::PriceAsc => selling(a) <= selling(b),
        ProductSort::PriceDesc => selling(a) >= selling(b),
        ProductSort::Sales => a.sales >= b.sales,
        ProductSort::Discount => a.product.price.discount() >= b.product.price.discount(),
    }
}
