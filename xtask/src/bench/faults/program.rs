//! The fault program of a seed.

use jangbogo_gateway_simulator::{Action, Call, Fault, Provider, When};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// Faults of every kind that takes no real time, with shares that the seed decides.
pub(super) fn of(provider: Provider, seed: u64) -> Vec<Fault> {
    let mut dice = StdRng::seed_from_u64(seed);
    let mut program = Vec::new();
    for call in [Call::Ready, Call::Approve, Call::Order, Call::Cancel] {
        for when in [When::Before, When::After] {
            let silent = [Action::Reset, Action::Garbage, status(500), status(502)];
            for action in silent {
                program.push(Fault::new(call, when, action).share(dice.random_range(0..6)));
            }
        }
        let rare = dice.random_range(0..3);
        program.push(Fault::new(call, When::After, Action::Truncated).share(rare));
        let closed = status(503);
        program.push(Fault::new(call, When::Before, closed).share(dice.random_range(0..8)));
        let delta = if dice.random_bool(0.5) { -1_000 } else { 900 };
        let lie = Action::WrongAmount { delta };
        program.push(Fault::new(call, When::After, lie).share(dice.random_range(0..4)));
    }
    for call in [Call::Approve, Call::Cancel] {
        // Longer than any time-out of ours, shorter than the horizon.
        let late = Action::Late { ms: dice.random_range(20_000..90_000) };
        program.push(Fault::new(call, When::Before, late).share(dice.random_range(2..10)));
    }
    program.push(refusal(provider, &mut dice));
    program
}

/// While it is in force nobody can be reached.
pub(super) fn outage() -> Vec<Fault> {
    vec![Fault::new(Call::Connect, When::Before, Action::Refuse)]
}

fn status(code: u16) -> Action {
    Action::Status { code, body: "<html>nginx</html>".to_owned() }
}

/// The provider's own no.
fn refusal(provider: Provider, dice: &mut StdRng) -> Fault {
    let text =
        |codes: &[&str], dice: &mut StdRng| codes[dice.random_range(0..codes.len())].to_owned();
    let action = match provider {
        Provider::KakaoPay => Action::Decline {
            error_code: -780,
            method_result_code: text(&["NOT_ENOUGH_BALANCE", "USER_LOCKED", "8350"], dice),
        },
        Provider::TossPayments => Action::Error {
            code: text(&["REJECT_CARD_PAYMENT", "PROVIDER_ERROR", "INVALID_STOPPED_CARD"], dice),
        },
    };
    Fault::new(Call::Approve, When::Before, action).at(provider).share(dice.random_range(1..10))
}
