//! Keyset pages: a bounded number of items, and where the pages before and behind them are.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Where the next page begins; `None` on the last page.
    pub next: Option<Cursor>,
    /// Where the previous page ends; `None` on the first page.
    pub previous: Option<Cursor>,
}

/// Which page is wanted. The limit is bounded, so no list is ever unbounded.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PageRequest {
    limit: u32,
    cursor: Option<Cursor>,
}

/// The sort key and id of an item seen, and whether the list goes on behind it or before it; bound
/// to the list that it came from.
///
/// Text form: unpadded base64url of `{list}.{key}.{id}`, with a final `.before` when the way is
/// backward. Clients treat it as opaque.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Cursor {
    list: String,
    key: i64,
    id: Uuid,
    backward: bool,
}

/// The cursor or limit cannot be used with this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CursorError {
    /// Not a cursor, or one of another list or order.
    #[error("the cursor does not belong to this list")]
    Invalid,
    /// The limit is zero or above [`PageRequest::LIMIT_MAX`].
    #[error("a page has between 1 and 100 items")]
    Limit,
}

impl PageRequest {
    /// Items per page when the caller names no limit.
    pub const LIMIT_DEFAULT: u32 = 20;
    /// The most items on one page.
    pub const LIMIT_MAX: u32 = 100;

    /// A page of at most `limit` items of `list`, on the side of `cursor` that it points to.
    pub fn try_new(
        list: &str,
        limit: Option<i64>,
        cursor: Option<&str>,
    ) -> Result<Self, CursorError> {
        let limit = limit.unwrap_or(i64::from(Self::LIMIT_DEFAULT));
        let limit = u32::try_from(limit)
            .ok()
            .filter(|n| (1..=Self::LIMIT_MAX).contains(n))
            .ok_or(CursorError::Limit)?;
        let cursor = cursor.map(|text| Cursor::parse(list, text)).transpose()?;
        Ok(Self { limit, cursor })
    }

    /// The first page of the default size.
    pub const fn first() -> Self {
        Self { limit: Self::LIMIT_DEFAULT, cursor: None }
    }

    /// The most items wanted.
    pub const fn limit(&self) -> u32 {
        self.limit
    }

    /// Where the page is; `None` for the first page.
    pub const fn cursor(&self) -> Option<&Cursor> {
        self.cursor.as_ref()
    }

    /// Whether the page is the one before its cursor: its rows are read against the list's order.
    pub const fn is_backward(&self) -> bool {
        matches!(&self.cursor, Some(cursor) if cursor.backward)
    }
}

impl Cursor {
    const BEFORE: &str = "before";

    /// The place just after the item with this sort key and id in `list`.
    pub fn new(list: &str, key: i64, id: Uuid) -> Self {
        Self { list: list.to_owned(), key, id, backward: false }
    }

    /// The place just before that item instead.
    #[must_use]
    pub fn turned(self) -> Self {
        Self { backward: true, ..self }
    }

    /// Reads a cursor of `list`.
    pub fn parse(list: &str, text: &str) -> Result<Self, CursorError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| CursorError::Invalid)?;
        let plain = String::from_utf8(bytes).map_err(|_| CursorError::Invalid)?;
        let parts: Vec<&str> = plain.splitn(5, '.').collect();
        let (of, key, id, backward) = match *parts {
            [of, key, id] => (of, key, id, false),
            [of, key, id, Self::BEFORE] => (of, key, id, true),
            _ => return Err(CursorError::Invalid),
        };
        if of != list {
            return Err(CursorError::Invalid);
        }
        let key = key.parse().map_err(|_| CursorError::Invalid)?;
        let id = Uuid::try_parse(id).map_err(|_| CursorError::Invalid)?;
        Ok(Self { backward, ..Self::new(list, key, id) })
    }

    /// The list that it belongs to.
    pub fn list(&self) -> &str {
        &self.list
    }

    /// The sort key of the item.
    pub const fn key(&self) -> i64 {
        self.key
    }

    /// The id of the item.
    pub const fn id(&self) -> Uuid {
        self.id
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut plain = format!("{}.{}.{}", self.list, self.key, self.id.as_simple());
        if self.backward {
            plain.push('.');
            plain.push_str(Self::BEFORE);
        }
        f.write_str(&URL_SAFE_NO_PAD.encode(plain))
    }
}

impl<T> Page<T> {
    /// A page of nothing.
    pub const fn empty() -> Self {
        Self { items: Vec::new(), next: None, previous: None }
    }

    /// Makes a page from the rows found for `request`: up to one more than its limit, which only
    /// proves that there is more, and in the order in which they were read, which is the list's
    /// own or, for a backward page, the opposite.
    pub fn from_rows(
        mut rows: Vec<T>,
        request: &PageRequest,
        cursor_of: impl Fn(&T) -> Cursor,
    ) -> Self {
        let limit = request.limit as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let backward = request.is_backward();
        if backward {
            rows.reverse();
        }
        // Whoever comes with a cursor has come from somewhere and can go back there.
        let has_next = more || backward;
        let has_previous = if backward { more } else { request.cursor.is_some() };
        let next = rows.last().filter(|_| has_next).map(&cursor_of);
        let previous = rows.first().filter(|_| has_previous).map(cursor_of).map(Cursor::turned);
        Self { items: rows, next, previous }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_belongs_to_its_list() {
        let cursor = Cursor::new("price_asc", 12_900, Uuid::from_u128(5));
        let text = cursor.to_string();
        assert_eq!(Cursor::parse("price_asc", &text), Ok(cursor));
        assert_eq!(Cursor::parse("newest", &text), Err(CursorError::Invalid));
        let turned = Cursor::new("price_asc", 12_900, Uuid::from_u128(5)).turned();
        assert_eq!(Cursor::parse("price_asc", &turned.to_string()), Ok(turned));
        for bad in ["price_asc.1", "price_asc.1.0.after", "price_asc.1.0.before.before"] {
            let bad =
                URL_SAFE_NO_PAD.encode(bad.replace(".0", ".00000000000000000000000000000000"));
            assert_eq!(Cursor::parse("price_asc", &bad), Err(CursorError::Invalid));
        }
        assert_eq!(Cursor::parse("price_asc", "%%"), Err(CursorError::Invalid));
        assert_eq!(Cursor::parse("price_asc", ""), Err(CursorError::Invalid));
    }

    #[test]
    fn limits_are_bounded() {
        for bad in [0, -1, 101, i64::MAX] {
            assert_eq!(PageRequest::try_new("l", Some(bad), None), Err(CursorError::Limit));
        }
        assert_eq!(PageRequest::try_new("l", None, None), Ok(PageRequest::first()));
    }

    #[test]
    fn the_extra_row_is_not_shown() {
        let request = PageRequest::try_new("l", Some(2), None).unwrap();
        let page = Page::from_rows(vec![1, 2, 3], &request, numbered);
        assert_eq!(page, Page { items: vec![1, 2], next: Some(numbered(&2)), previous: None });
        let page = Page::from_rows(vec![1, 2], &request, numbered);
        assert_eq!(page, Page { items: vec![1, 2], next: None, previous: None });
    }

    #[test]
    fn a_page_knows_the_way_back() {
        let request =
            |cursor: Cursor| PageRequest::try_new("l", Some(2), Some(&cursor.to_string())).unwrap();
        let page = Page::from_rows(vec![3, 4, 5], &request(numbered(&2)), numbered);
        let back = numbered(&3).turned();
        assert_eq!((page.next, page.previous), (Some(numbered(&4)), Some(back.clone())));
        assert!(request(back.clone()).is_backward());
        // Read against the order: what is nearest to the cursor first.
        let page = Page::from_rows(vec![2, 1, 0], &request(back.clone()), numbered);
        assert_eq!(page.items, [1, 2]);
        assert_eq!((page.next, page.previous), (Some(numbered(&2)), Some(numbered(&1).turned())));
        let page = Page::from_rows(vec![2, 1], &request(back.clone()), numbered);
        assert_eq!((page.next, page.previous), (Some(numbered(&2)), None));
        assert_eq!(Page::from_rows(Vec::new(), &request(back), numbered), Page::empty());
    }

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "pages hand out their items by reference"
    )]
    fn numbered(n: &i64) -> Cursor {
        Cursor::new("l", *n, Uuid::nil())
    }
}
