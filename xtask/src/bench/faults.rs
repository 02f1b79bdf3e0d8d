//! Charges under a seeded fault program: whatever the provider does, in the end every attempt is
//! known, and its books are ours.
//!
//! Time is simulated on both sides, the provider's dice are hashes, and each charge makes its own
//! ids: a seed means the same run, however the charges are interleaved. The database is a file in
//! the system's temporary folder, so `TMPDIR=/dev/shm` spares the disk.
//!
//! The provider's adapter is used bare: breakers and retries would keep most faults away from the
//! attempts, and have benches of their own.

mod charge;
mod ids;
mod program;
mod world;

use anyhow::ensure;
use jangbogo_gateway_simulator::Provider;

use charge::Charge;
use world::World;

/// What is charged.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    /// Decides everything that is left to chance
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Charges per provider
    #[arg(long, default_value_t = 100_000)]
    charges: u32,
    /// Only this provider: kakaopay or tosspayments
    #[arg(long, value_parser = provider)]
    provider: Option<Provider>,
}

/// What became of the charges.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Tally {
    charges: u32,
    /// Orders that the provider captured more than once.
    doubles: usize,
    /// Movements that only one of the two books has.
    orphans: usize,
    /// Attempts of which nobody knows what became.
    unresolved: usize,
    /// Other broken invariants, in words.
    breaches: Vec<String>,
    /// Movements in the provider's books, and a hash of them: two runs of a seed are the same.
    movements: usize,
    fingerprint: u64,
}

fn provider(name: &str) -> Result<Provider, String> {
    let all = [Provider::KakaoPay, Provider::TossPayments];
    let found = all.into_iter().find(|provider| provider.name() == name);
    found.ok_or_else(|| "kakaopay or tosspayments".to_owned())
}

/// Charges with each provider; the last line sums up.
pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let providers = match args.provider {
        Some(provider) => vec![provider],
        None => world::PROVIDERS.to_vec(),
    };
    let mut worst = Tally { charges: args.charges, ..Tally::default() };
    for provider in providers {
        let started = std::time::Instant::now();
        let tally = charge_all(provider, args.seed, args.charges).await?;
        println!(
            "{}: seed {}, {} charges in {:.0?}, {} movements, fingerprint {:016x}, doubles {}, \
             orphans {}, unresolved {}",
            provider.name(),
            args.seed,
            tally.charges,
            started.elapsed(),
            tally.movements,
            tally.fingerprint,
            tally.doubles,
            tally.orphans,
            tally.unresolved,
        );
        for breach in &tally.breaches {
            println!("  {breach}");
        }
        worst.doubles += tally.doubles;
        worst.orphans += tally.orphans;
        worst.unresolved += tally.unresolved;
        worst.breaches.extend(tally.breaches);
    }
    let Tally { charges, doubles, orphans, unresolved, breaches, .. } = worst;
    println!("charges {charges} doubles {doubles} orphans {orphans} unresolved {unresolved}");
    ensure!(doubles + orphans + unresolved + breaches.len() == 0, "the books are not right");
    Ok(())
}

/// Charges in waves, lets time go by between them, and looks at the books when the provider has
/// been well again for a while.
async fn charge_all(provider: Provider, seed: u64, charges: u32) -> anyhow::Result<Tally> {
    let world = World::open(provider, seed).await?;
    let program = program::of(provider, seed);
    let mut known = Vec::new();
    for (wave, first) in (0_u32..).zip((0..charges).step_by(WAVE)) {
        world.wave(&program, wave).await;
        let last = charges.min(first + u32::try_from(WAVE)?);
        known.extend(Charge::many(&world, first..last).await?);
        world.janitor_works().await?;
        world.time_goes_by(BETWEEN_WAVES).await;
    }
    world.provider_is_well().await;
    world.comes_to_rest().await?;
    let tally = world.look(charges, &known).await;
    world.close().await;
    tally
}

/// Charges at one moment of the simulated time.
const WAVE: usize = 500;
/// How much time goes by between two waves.
const BETWEEN_WAVES: std::time::Duration = std::time::Duration::from_secs(20);

#[cfg(test)]
mod tests {
    use super::*;

    async fn sound(provider: Provider, seed: u64, charges: u32) -> Tally {
        let tally = charge_all(provider, seed, charges).await.unwrap();
        assert!(tally.movements > usize::try_from(charges / 2).unwrap(), "{tally:?}");
        let Tally { doubles, orphans, unresolved, breaches, .. } = &tally;
        assert_eq!((*doubles, *orphans, *unresolved), (0, 0, 0), "seed {seed}: {tally:?}");
        assert_eq!(*breaches, Vec::<String>::new(), "seed {seed}");
        tally
    }

    #[tokio::test]
    async fn the_books_are_right_after_every_kind_of_fault() {
        for provider in world::PROVIDERS {
            for seed in 1..=2 {
                sound(provider, seed, 300).await;
            }
        }
    }

    #[tokio::test]
    async fn a_seed_is_the_same_run() {
        for provider in world::PROVIDERS {
            let first = sound(provider, 11, 60).await;
            assert_eq!(first, sound(provider, 11, 60).await);
            assert_ne!(first.fingerprint, sound(provider, 12, 60).await.fingerprint);
        }
    }
}
