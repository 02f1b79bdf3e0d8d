//! How requests are counted: by method, by the template of their route, by the class of the answer.
//! Ids in paths make no series of their own.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};

/// Clients may invent methods; those all count as the last one.
const METHODS: [Method; 7] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::OPTIONS,
];
const OTHER: usize = METHODS.len();
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];
/// The route of a request that has none.
const NOWHERE: &str = "none";

/// The meters of all routes. Each is looked up by its labels once and then kept at hand: looking it
/// up costs more than some answers.
pub(crate) struct Meters {
    in_flight: Gauge,
    routes: RwLock<HashMap<Box<str>, Arc<RouteMeters>>>,
}

/// The meters of a route, by method and class.
type RouteMeters = [[OnceLock<(Counter, Histogram)>; CLASSES.len()]; OTHER + 1];

/// A request under way, until its answer begins or its client hangs up.
pub(crate) struct UnderWay {
    meters: Arc<Meters>,
    route: Option<MatchedPath>,
    method: usize,
    since: Instant,
}

impl Meters {
    /// Meters of the recorder that is installed now.
    pub(crate) fn new() -> Arc<Self> {
        let in_flight = gauge!("http_requests_in_flight");
        Arc::new(Self { in_flight, routes: RwLock::default() })
    }

    /// A request that came then is being handled.
    pub(crate) fn begin(self: &Arc<Self>, request: &Request, since: Instant) -> UnderWay {
        self.in_flight.increment(1);
        UnderWay {
            meters: Arc::clone(self),
            route: request.extensions().get::<MatchedPath>().cloned(),
            method: place_of(request.method()),
            since,
        }
    }

    /// A request that came then was answered at once.
    pub(crate) fn answered_at_once(&self, request: &Request, response: &Response, since: Instant) {
        let route = request.extensions().get::<MatchedPath>();
        self.count(route, place_of(request.method()), response.status(), since);
    }

    fn count(
        &self,
        route: Option<&MatchedPath>,
        method: usize,
        status: StatusCode,
        since: Instant,
    ) {
        let route = route.map_or(NOWHERE, MatchedPath::as_str);
        let class = class(status);
        let meters = self.of(route);
        let (count, seconds) = meters[method][class].get_or_init(|| {
            let method = METHODS.get(method).map_or("other", Method::as_str);
            let labels = [
                ("method", method.to_owned()),
                ("route", route.to_owned()),
                ("status", CLASSES[class].to_owned()),
            ];
            (counter!("http_requests_total", &labels), histogram!("http_request_seconds", &labels))
        });
        count.increment(1);
        seconds.record(since.elapsed());
    }

    fn of(&self, route: &str) -> Arc<RouteMeters> {
        let known = self.routes.read().unwrap_or_else(PoisonError::into_inner).get(route).cloned();
        known.unwrap_or_else(|| {
            let mut routes = self.routes.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(routes.entry(route.into()).or_default())
        })
    }
}

impl UnderWay {
    /// Its answer is this.
    pub(crate) fn answered(self, response: &Response) {
        self.meters.count(self.route.as_ref(), self.method, response.status(), self.since);
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.meters.in_flight.decrement(1);
    }
}

fn place_of(method: &Method) -> usize {
    METHODS.iter().position(|known| known == method).unwrap_or(OTHER)
}

fn class(status: StatusCode) -> usize {
    usize::from(status.as_u16() / 100).clamp(1, CLASSES.len()) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_counted_by_the_first_digit_of_their_status() {
        for (status, name) in [(101, "1xx"), (200, "2xx"), (304, "3xx"), (404, "4xx"), (503, "5xx")]
        {
            assert_eq!(CLASSES[class(StatusCode::from_u16(status).unwrap())], name);
        }
        assert_eq!(CLASSES[class(StatusCode::from_u16(999).unwrap())], "5xx");
    }
}
