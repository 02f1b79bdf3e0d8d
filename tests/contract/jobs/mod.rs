//! The frame of jobs, on stores of both engines and in simulated time: what becomes of items that
//! fail, of processes that are killed or stopped, of hosts that share a run.

mod items;
mod rounds;
mod schedules;
mod sharing;
mod work;

/// Each story on each engine.
macro_rules! on_both_engines {
    ($($name:ident,)+) => {
        mod sqlite {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(&super::Office::open(crate::fresh::sqlite().await)).await;
                }
            )+
        }
        mod postgres {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(&super::Office::open(crate::fresh::postgres().await)).await;
                }
            )+
        }
    };
}
use on_both_engines;
