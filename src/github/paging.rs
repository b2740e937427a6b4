//! What is on the later pages?
//!
//! In: the path of a first page. Out: every page in turn, by the `Link` header, until the caller has enough. The next
//! page's scheme and host are stripped, so that our credentials go along on any GitHub; a page on another host is
//! refused.

use super::call::{Call, Caller, parse};
use super::error::Error;
use http::HeaderMap;
use http::header::LINK;
use serde::de::DeserializeOwned;
use std::ops::ControlFlow;

/// At 100 a page this is 10,000 comments, pull requests or repositories; more would use up an hour's limit.
pub(super) const MAX_PAGES: usize = 100;
/// The most GitHub gives.
pub(super) const PER_PAGE: usize = 100;

/// How reading came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// There are no more pages.
    Complete,
    /// The caller has enough.
    Stopped,
    /// [`MAX_PAGES`] were read.
    Capped,
}

impl Caller {
    /// Hands each page to `take` until it breaks, the pages end, or there are too many.
    pub(super) async fn each_page<P: DeserializeOwned>(
        &self,
        first: impl Into<String>,
        mut take: impl FnMut(P) -> ControlFlow<()>,
    ) -> Result<End, Error> {
        let mut path = first.into();
        for _ in 0..MAX_PAGES {
            let call = Call::get(path);
            let answer = self.send(&call).await?;
            if take(parse(&call, &answer)?).is_break() {
                return Ok(End::Stopped);
            }
            match next_of(&answer.headers) {
                None => return Ok(End::Complete),
                Some(url) => {
                    path = self.transport().own_path(&url).ok_or_else(|| Error::ForeignAddress {
                        call: call.label().to_owned(),
                        url: url.chars().take(200).collect(),
                    })?;
                }
            }
        }
        Ok(End::Capped)
    }

    /// Every item of every page, each page being a bare list.
    ///
    /// # Errors
    /// [`Error::TooManyPages`]: what must be complete is not given in part.
    pub(super) async fn all<T: DeserializeOwned>(&self, first: impl Into<String>) -> Result<Vec<T>, Error> {
        let first = first.into();
        let mut items = Vec::new();
        let end = self
            .each_page(first.as_str(), |page: Vec<T>| {
                items.extend(page);
                ControlFlow::Continue(())
            })
            .await?;
        complete(end, &first)?;
        Ok(items)
    }
}

/// # Errors
/// [`Error::TooManyPages`] when the pages did not end.
pub(super) fn complete(end: End, first: &str) -> Result<(), Error> {
    match end {
        End::Complete | End::Stopped => Ok(()),
        End::Capped => Err(Error::TooManyPages { call: Call::get(first).label().to_owned(), limit: MAX_PAGES }),
    }
}

/// The target of `rel="next"` in a `Link` header (RFC 8288).
fn next_of(headers: &HeaderMap) -> Option<String> {
    let links = headers.get(LINK)?.to_str().ok()?;
    links.split('<').skip(1).find_map(|link| {
        let (url, parameters) = link.split_once('>')?;
        let is_next = |parameter: &str| matches!(parameter.trim().trim_end_matches(','), r#"rel="next""# | "rel=next");
        parameters.split(';').map(str::trim).any(is_next).then(|| url.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(link: &str) -> Option<String> {
        next_of(&HeaderMap::from_iter([(LINK, link.parse().unwrap())]))
    }

    #[test]
    fn the_next_page_is_found_among_other_links() {
        let links = r#"<https://h/a?page=1>; rel="prev", <https://h/a?q=x,y;z&page=3>; rel="next", <https://h/a?page=9>; rel="last""#;
        assert_eq!(next(links).as_deref(), Some("https://h/a?q=x,y;z&page=3"));
        assert_eq!(next(r#"<https://h/a?page=1>; rel="first""#), None);
        assert_eq!(next("nonsense"), None);
    }
}
