//! Brands: the makers who have products on sale. A brand is its name.

use jangbogo_kernel::{CursorError, PageRequest};

use crate::list::{is_absurd, tidied};

/// A question for a page of brands, in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListBrands {
    /// Only names behind this one.
    pub after: Option<String>,
    /// The most names wanted.
    pub limit: u32,
}

/// A page of brands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrandPage {
    /// Their names.
    pub names: Vec<String>,
    /// The name behind which the next page begins; `None` on the last page.
    pub next: Option<String>,
}

impl ListBrands {
    /// A checked question; the cursor of a page is the last name of the page before.
    pub fn parse(limit: Option<i64>, cursor: Option<&str>) -> Result<Self, CursorError> {
        let limit = PageRequest::try_new("brands", limit, None)?.limit();
        let after = tidied(cursor);
        if after.as_ref().is_some_and(|name| is_absurd(name)) {
            return Err(CursorError::Invalid);
        }
        Ok(Self { after, limit })
    }
}

impl BrandPage {
    /// Makes a page from up to `limit + 1` names: the extra one only proves that there is more.
    pub fn from_names(mut names: Vec<String>, limit: u32) -> Self {
        let limit = limit as usize;
        let more = names.len() > limit;
        names.truncate(limit);
        let next = names.last().filter(|_| more).cloned();
        Self { names, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_and_cursors_are_checked() {
        assert_eq!(ListBrands::parse(Some(0), None), Err(CursorError::Limit));
        assert_eq!(ListBrands::parse(Some(101), None), Err(CursorError::Limit));
        assert_eq!(ListBrands::parse(None, Some("a\0b")), Err(CursorError::Invalid));
        let first = ListBrands { after: None, limit: 20 };
        assert_eq!(ListBrands::parse(None, Some("")), Ok(first));
    }

    #[test]
    fn the_extra_name_is_not_shown() {
        let names = || vec!["a".to_owned(), "b".to_owned()];
        let page = BrandPage::from_names(names(), 1);
        assert_eq!((page.names.len(), page.next.as_deref()), (1, Some("a")));
        assert_eq!(BrandPage::from_names(names(), 2).next, None);
    }
}
