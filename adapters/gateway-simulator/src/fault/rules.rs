//! Which rules make sense, and reading them from a file.

use std::path::Path;

use anyhow::{Context as _, bail};
use serde::Deserialize;

use super::{Action, Call, Fault, Provider, When};

impl Action {
    /// Whether the call is over with this action, so that no later rule is asked.
    pub(super) fn ends_call(&self) -> bool {
        matches!(
            self,
            Self::Late { .. } | Self::Reset | Self::Status { .. } | Self::Garbage | Self::Truncated
        )
    }

    /// Whether it can strike this call at all.
    fn fits(&self, call: Call) -> bool {
        match (call, self) {
            (Call::Connect, action) => *action == Self::Refuse,
            (Call::Webhook, action) => {
                matches!(action, Self::Latency { .. } | Self::Reset | Self::Duplicate { .. })
            }
            (_, Self::Refuse | Self::Duplicate { .. }) => false,
            _ => true,
        }
    }
}

impl Fault {
    /// Why the rule makes no sense, if it does not.
    pub(crate) fn flaw(&self) -> Option<&'static str> {
        if self.share_percent > 100 || self.ramp.is_some_and(|ramp| ramp.to_percent > 100) {
            return Some("a share is 0 to 100 per cent");
        }
        if !self.action.fits(self.call) {
            return Some("the action does not fit the call");
        }
        let is_partial = self.share_percent < 100 || self.ramp.is_some();
        if self.call == Call::Connect && (is_partial || self.times.is_some()) {
            return Some("connections are refused or not: neither share nor times");
        }
        match (&self.action, self.provider) {
            (Action::Status { code, .. }, _) if !(200..=599).contains(code) => {
                Some("status code must be 200 to 599")
            }
            (Action::Late { .. }, _) if self.when == When::After => {
                Some("a late effect comes before the effect")
            }
            (Action::Decline { .. }, Some(Provider::TossPayments))
            | (Action::Error { .. }, Some(Provider::KakaoPay)) => {
                Some("`decline` is KakaoPay's and `error` is TossPayments'")
            }
            _ => None,
        }
    }
}

/// Reads a program from a file: JSON, an array of rules; or TOML, `[[fault]]` for each.
pub fn read_faults(path: &Path) -> anyhow::Result<Vec<Fault>> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Program {
        #[serde(default)]
        fault: Vec<Fault>,
    }
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("read the fault program {}", path.display()))?;
    let understood = || format!("understand the fault program {}", path.display());
    let program = match path.extension().and_then(|end| end.to_str()) {
        Some("json") => serde_json::from_str(&text).with_context(understood)?,
        Some("toml") => toml::from_str::<Program>(&text).with_context(understood)?.fault,
        _ => bail!("a fault program is a .json or .toml file: {}", path.display()),
    };
    for (place, fault) in (1_u32..).zip(&program) {
        if let Some(flaw) = fault.flaw() {
            bail!("rule {place} of {}: {flaw}", path.display());
        }
    }
    Ok(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_reads_as_the_admin_port_documents_it() {
        let text = r#"{"call":"approve","share_percent":20,"times":3,"when":"after",
            "action":{"decline":{"error_code":-780,"method_result_code":"USER_LOCKED"}}}"#;
        let fault: Fault = serde_json::from_str(text).unwrap();
        assert_eq!(fault.times, Some(3));
        let reset = r#"{"call":"order","action":"reset"}"#;
        let fault: Fault = serde_json::from_str(reset).unwrap();
        assert_eq!(fault, Fault::new(Call::Order, When::Before, Action::Reset));
        let typo = r#"{"call":"order","when":"before","action":"reset","time":1}"#;
        assert!(serde_json::from_str::<Fault>(typo).is_err());
    }

    #[test]
    fn rules_that_make_no_sense_are_told() {
        let reset = |call| Fault::new(call, When::Before, Action::Reset);
        let late = Fault::new(Call::Approve, When::After, Action::Late { ms: 1 });
        let error = Action::Error { code: "REJECT_CARD_PAYMENT".to_owned() };
        let error = Fault::new(Call::Approve, When::Before, error);
        let refuse = Fault::new(Call::Connect, When::Before, Action::Refuse);
        for (fault, makes_sense) in [
            (reset(Call::Approve), true),
            (reset(Call::Approve).share(101), false),
            (reset(Call::Approve).ramp(101, 1), false),
            (reset(Call::Connect), false),
            (reset(Call::Webhook), true),
            (refuse.clone(), true),
            (refuse.clone().share(20), false),
            (refuse.times(1), false),
            (late, false),
            (error.clone().at(Provider::TossPayments), true),
            (error.at(Provider::KakaoPay), false),
            (Fault::new(Call::Order, When::Before, Action::Duplicate { copies: 1 }), false),
        ] {
            assert_eq!(fault.flaw().is_none(), makes_sense, "{fault:?}");
        }
    }

    #[test]
    fn programs_are_read_from_both_kinds_of_file() {
        let folder = std::env::temp_dir().join(format!("faults-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let expected = [
            Fault::new(Call::Approve, When::After, Action::Reset).share(20),
            Fault::new(Call::Order, When::Before, Action::Latency { ms: 2_000 }),
        ];
        let json = serde_json::to_string(&expected).unwrap();
        let toml = "[[fault]]\ncall = \"approve\"\nwhen = \"after\"\nshare_percent = 20\n\
                    action = \"reset\"\n\n[[fault]]\ncall = \"order\"\n\
                    action = { latency = { ms = 2000 } }\n";
        for (name, text) in [("program.json", json.as_str()), ("program.toml", toml)] {
            let path = folder.join(name);
            std::fs::write(&path, text).unwrap();
            assert_eq!(read_faults(&path).unwrap(), expected, "{name}");
        }
        let flawed = folder.join("flawed.toml");
        std::fs::write(&flawed, "[[fault]]\ncall = \"connect\"\naction = \"reset\"\n").unwrap();
        assert!(read_faults(&flawed).is_err());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
