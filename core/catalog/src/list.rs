//! Lists of products: what can be asked and what is shown.

use jangbogo_kernel::{CursorError, PageRequest, fault};
use jangbogo_member::MemberId;
use unicode_normalization::UnicodeNormalization as _;

use crate::{Category, Product};

/// The order of a list. Ties are broken by id, so that pages never repeat or skip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ProductSort {
    /// Latest change first.
    #[default]
    Newest,
    /// Cheapest first.
    PriceAsc,
    /// Dearest first.
    PriceDesc,
    /// Most sold first.
    Sales,
    /// Highest discount rate first.
    Discount,
}

/// A question for a page of products on sale.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ListProducts {
    /// The order.
    pub sort: ProductSort,
    /// Only this category.
    pub category: Option<Category>,
    /// Only this brand: products of exactly this maker.
    pub brand: Option<String>,
    /// Only this seller's.
    pub seller: Option<MemberId>,
    /// At least this selling price, minor units.
    pub min_price: Option<i64>,
    /// At most this selling price, minor units.
    pub max_price: Option<i64>,
    /// Names or maker contain this text, NFKC, lower case.
    pub text: Option<String>,
    /// Which page.
    pub page: PageRequest,
}

/// The question is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// No such order.
    #[error("sort is one of newest, price_asc, price_desc, sales, discount")]
    Sort,
    /// No such category.
    #[error("no such category")]
    Category,
    /// The brand cannot be a maker's name.
    #[error("a brand has at most 100 characters on one line")]
    Brand,
    /// A negative price, or a range that is upside down.
    #[error("prices are at least 0 and min_price is at most max_price")]
    PriceRange,
    /// The text is longer than 100 characters, or not text.
    #[error("a search text has at most 100 characters on one line")]
    Text,
    /// The cursor is of another list.
    #[error("the cursor does not belong to this list")]
    Cursor,
    /// Too many or too few items.
    #[error("a page has between 1 and 100 items")]
    Limit,
}
fault!(ListError {
    Sort: Invalid = "validation-failed",
    Category: Invalid = "validation-failed",
    Brand: Invalid = "validation-failed",
    PriceRange: Invalid = "validation-failed",
    Text: Invalid = "validation-failed",
    Cursor: Invalid = "cursor-invalid",
    Limit: Invalid = "validation-failed",
});

impl From<CursorError> for ListError {
    fn from(error: CursorError) -> Self {
        match error {
            CursorError::Invalid => Self::Cursor,
            CursorError::Limit => Self::Limit,
        }
    }
}

impl ProductSort {
    /// The order's stable name, which its cursors carry too.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::PriceAsc => "price_asc",
            Self::PriceDesc => "price_desc",
            Self::Sales => "sales",
            Self::Discount => "discount",
        }
    }

    /// The order of a stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Newest, Self::PriceAsc, Self::PriceDesc, Self::Sales, Self::Discount]
            .into_iter()
            .find(|sort| sort.name() == name)
    }
}

impl ListProducts {
    /// The first `limit` products of the whole shop in this order; for the main page.
    pub(crate) fn top(sort: ProductSort, limit: i64) -> Result<Self, ListError> {
        let page = PageRequest::try_new(sort.name(), Some(limit), None)?;
        let (category, brand, seller, text) = (None, None, None, None);
        let (min_price, max_price) = (None, None);
        Ok(Self { sort, category, brand, seller, min_price, max_price, text, page })
    }

    /// A checked question from the words of a query string.
    pub fn parse(
        sort: Option<&str>,
        category: Option<&str>,
        brand: Option<&str>,
        prices: (Option<i64>, Option<i64>),
        text: Option<&str>,
        limit: Option<i64>,
        cursor: Option<&str>,
    ) -> Result<Self, ListError> {
        let sort = match filled(sort) {
            None => ProductSort::default(),
            Some(name) => ProductSort::from_name(name).ok_or(ListError::Sort)?,
        };
        let category = match filled(category) {
            None => None,
            Some(slug) => Some(Category::from_slug(slug).ok_or(ListError::Category)?),
        };
        let brand = tidied(brand);
        if brand.as_ref().is_some_and(|name| is_absurd(name)) {
            return Err(ListError::Brand);
        }
        let (min_price, max_price) = prices;
        let upside_down = min_price.zip(max_price).is_some_and(|(min, max)| min > max);
        let negative = [min_price, max_price].into_iter().flatten().any(|price| price < 0);
        if upside_down || negative {
            return Err(ListError::PriceRange);
        }
        let text = filled(text).map(|t| t.trim().nfkc().collect::<String>().to_lowercase());
        if text.as_ref().is_some_and(|text| is_absurd(text)) {
            return Err(ListError::Text);
        }
        let page = PageRequest::try_new(sort.name(), limit, filled(cursor))?;
        let text = text.filter(|t| !t.is_empty());
        Ok(Self { sort, category, brand, seller: None, min_price, max_price, text, page })
    }
}

/// An empty parameter, as HTML forms send it, asks for nothing.
fn filled(text: Option<&str>) -> Option<&str> {
    text.filter(|t| !t.is_empty())
}

/// A name as products store theirs; `None` when nothing is left.
pub(crate) fn tidied(name: Option<&str>) -> Option<String> {
    name.map(|name| name.trim().nfc().collect::<String>()).filter(|name| !name.is_empty())
}

/// Longer than any name, or not text.
pub(crate) fn is_absurd(text: &str) -> bool {
    text.chars().count() > 100 || text.chars().any(char::is_control)
}

/// What a list shows of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductCard {
    /// The product.
    pub product: Product,
    /// Pieces that can be ordered now.
    pub stock: i64,
    /// Pieces sold so far.
    pub sales: i64,
    /// Different visitors of each day so far, summed over the days.
    pub views: i64,
}

/// What changes often of a product on sale, and what tells whether the rest has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductStanding {
    /// The product's version.
    pub version: i64,
    /// Pieces that can be ordered now.
    pub stock: i64,
    /// Pieces sold so far.
    pub sales: i64,
    /// Different visitors of each day so far, summed over the days.
    pub views: i64,
    /// The seller's public name; empty when the seller has left.
    pub seller_name: String,
}

/// What the shop's first page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MainPage {
    /// The most sold, most first.
    pub top_sales: Vec<ProductCard>,
    /// The most discounted, most first.
    pub top_discount: Vec<ProductCard>,
}

impl MainPage {
    /// Products in each row of the page.
    pub const ROW_MAX: i64 = 9;
}

/// What a product's own page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductDetail {
    /// The product with stock and sales.
    pub card: ProductCard,
    /// The seller's public name; empty when the seller has left.
    pub seller_name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(prices: (Option<i64>, Option<i64>)) -> Result<ListProducts, ListError> {
        ListProducts::parse(None, None, None, prices, None, None, None)
    }

    #[test]
    fn price_ranges() {
        assert!(parse((None, None)).is_ok());
        assert!(parse((Some(10_000), None)).is_ok());
        assert!(parse((None, Some(10_000))).is_ok());
        assert!(parse((Some(5), Some(5))).is_ok());
        for bad in [(Some(-1), None), (None, Some(-1)), (Some(2), Some(1)), (Some(0), Some(-1))] {
            assert_eq!(parse(bad), Err(ListError::PriceRange), "{bad:?}");
        }
    }

    #[test]
    fn unknown_words_are_refused_and_empty_ones_ignored() {
        let ask = |sort, category| {
            ListProducts::parse(sort, category, Some(" "), (None, None), Some(" "), None, None)
        };
        assert_eq!(ask(Some("cheapest"), None), Err(ListError::Sort));
        assert_eq!(ask(None, Some("shoes")), Err(ListError::Category));
        let nothing = ask(Some(""), Some("")).unwrap();
        assert_eq!((nothing.text, nothing.brand), (None, None));
    }

    #[test]
    fn a_brand_is_a_maker_s_name() {
        let ask = |brand| {
            ListProducts::parse(None, None, Some(brand), (None, None), None, None, None)
                .map(|question| question.brand.unwrap_or_default())
        };
        // Typed on a Mac, the name comes in pieces.
        assert_eq!(ask(" \u{110e}\u{1161}\u{11b7}들녘 "), Ok("참들녘".to_owned()));
        assert_eq!(ask("Two\nlines"), Err(ListError::Brand));
        assert_eq!(ask(&"x".repeat(101)), Err(ListError::Brand));
    }
}
