//! Keyset pages: a bounded number of items and where the next page begins.

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
}

/// Which page is wanted. The limit is bounded, so no list is ever unbounded.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PageRequest {
    limit: u32,
    after: Option<Cursor>,
}

/// The sort key and id of the last item seen, bound to the list that it came from.
///
/// Text form: unpadded base64url of `{list}.{key}.{id}`. Clients treat it as opaque.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Cursor {
    list: String,
    key: i64,
    id: Uuid,
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

    /// A page of at most `limit` items of `list`, after `cursor`.
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
        let after = cursor.map(|text| Cursor::parse(list, text)).transpose()?;
        Ok(Self { limit, after })
    }

    /// The first page of the default size.
    pub const fn first() -> Self {
        Self { limit: Self::LIMIT_DEFAULT, after: None }
    }

    /// The most items wanted.
    pub const fn limit(&self) -> u32 {
        self.limit
    }

    /// The cursor after which the page begins.
    pub const fn after(&self) -> Option<&Cursor> {
        self.after.as_ref()
    }
}

impl Cursor {
    /// The place just after the item with this sort key and id in `list`.
    pub fn new(list: &str, key: i64, id: Uuid) -> Self {
        Self { list: list.to_owned(), key, id }
    }

    /// Reads a cursor of `list`.
    pub fn parse(list: &str, text: &str) -> Result<Self, CursorError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| CursorError::Invalid)?;
        let plain = String::from_utf8(bytes).map_err(|_| CursorError::Invalid)?;
        let mut parts = plain.split('.');
        let (Some(of), Some(key), Some(id), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(CursorError::Invalid);
        };
        if of != list {
            return Err(CursorError::Invalid);
        }
        let key = key.parse().map_err(|_| CursorError::Invalid)?;
        let id = Uuid::try_parse(id).map_err(|_| CursorError::Invalid)?;
        Ok(Self::new(list, key, id))
    }

    /// The list that it belongs to.
    pub fn list(&self) -> &str {
        &self.list
    }

    /// The sort key of the last item seen.
    pub const fn key(&self) -> i64 {
        self.key
    }

    /// The id of the last item seen.
    pub const fn id(&self) -> Uuid {
        self.id
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = format!("{}.{}.{}", self.list, self.key, self.id.as_simple());
        f.write_str(&URL_SAFE_NO_PAD.encode(plain))
    }
}

impl<T> Page<T> {
    /// Makes a page from up to `limit + 1` rows: the extra row only proves that there is more.
    pub fn from_rows(mut rows: Vec<T>, limit: u32, cursor_of: impl Fn(&T) -> Cursor) -> Self {
        let limit = limit as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(cursor_of) } else { None };
        Self { items: rows, next }
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
        let page = Page::from_rows(vec![1, 2, 3], 2, |n| Cursor::new("l", *n, Uuid::nil()));
        assert_eq!(page.items, [1, 2]);
        assert_eq!(page.next, Some(Cursor::new("l", 2, Uuid::nil())));
        let page = Page::from_rows(vec![1, 2], 2, |n| Cursor::new("l", *n, Uuid::nil()));
        assert_eq!(page.next, None);
    }
}
