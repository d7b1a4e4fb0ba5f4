//! Secrets shared with shop platforms, which sign what they send instead of carrying a key.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use engine::fault::Fault;
use engine::ids::MerchantId;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Least characters of a secret.
const LEAST: usize = 16;

/// A secret a merchant.
#[derive(Clone, Default)]
pub struct Secrets(BTreeMap<MerchantId, String>);

impl fmt::Debug for Secrets {
    /// Names, no secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

impl Secrets {
    /// The secrets of a file, none without one; every fault at once.
    pub fn load(setting: &str, path: Option<&Path>) -> Result<Self, Vec<Fault>> {
        let Some(path) = path else { return Ok(Self::default()) };
        let name = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Self::read(&name, &text),
            Err(error) => Err(vec![Fault::new(setting, "", name, format!("must be a file of secrets: {error}"))]),
        }
    }

    /// The secrets in a text of lines `merchant = "secret"` (TOML).
    pub fn read(name: &str, text: &str) -> Result<Self, Vec<Fault>> {
        let unreadable = |error: toml::de::Error| {
            // What the error displays quotes the line, secret and all.
            let line = error.span().map_or(0, |span| text[..span.start.min(text.len())].matches('\n').count());
            vec![Fault::new(format!("{name}:{}", line + 1), "", "", "must be a line `merchant = \"secret\"` (TOML)")]
        };
        let table: toml::Table = text.parse().map_err(unreadable)?;
        let (mut secrets, mut faults) = (BTreeMap::new(), Vec::new());
        for (merchant, secret) in &table {
            let id = MerchantId::new(merchant);
            let secret = secret.as_str().filter(|secret| secret.len() >= LEAST);
            // A fault never shows a secret.
            if secret.is_none() {
                let rule = format!("must be a text of at least {LEAST} characters: the app's client secret");
                faults.push(Fault::new(name, merchant, "", rule));
            }
            match (id, secret) {
                (Ok(id), Some(secret)) => {
                    secrets.insert(id, secret.to_owned());
                }
                (Err(rule), _) => faults.push(Fault::new(name, "merchant", merchant, rule.to_string())),
                (Ok(_), None) => {}
            }
        }
        if faults.is_empty() { Ok(Self(secrets)) } else { Err(faults) }
    }

    /// The merchants that have one.
    pub fn merchants(&self) -> impl Iterator<Item = &MerchantId> {
        self.0.keys()
    }

    /// Whether a merchant has one.
    pub fn knows(&self, merchant: &str) -> bool {
        MerchantId::new(merchant).is_ok_and(|merchant| self.0.contains_key(&merchant))
    }

    /// The merchant, if `signature` is HMAC-SHA256 over `body` under its secret.
    pub fn verified(&self, merchant: &str, signature: &str, encoding: Encoding, body: &[u8]) -> Option<&MerchantId> {
        let (merchant, secret) = self.0.get_key_value(&MerchantId::new(merchant).ok()?)?;
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
        mac.update(body);
        mac.verify_slice(&encoding.decode(signature.trim())?).ok().map(|()| merchant)
    }
}

/// How a signature is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Base64.
    Base64,
    /// Hexadecimal digits.
    Hex,
}

impl Encoding {
    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Base64 => "base64",
            Self::Hex => "hexadecimal",
        }
    }

    fn decode(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Base64 => STANDARD.decode(text).ok(),
            Self::Hex => {
                let pairs = text.as_bytes().chunks(2);
                let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
                if text.len().is_multiple_of(2) { pairs.map(byte).collect() } else { None }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_of_its_body_and_merchant_alone() {
        let secrets = Secrets::read("s", "shop = \"a secret of the app\"\nother = \"another secret here\"").unwrap();
        // printf 'body' | openssl dgst -sha256 -hmac 'a secret of the app' -binary | base64
        let signature = "50QtWiUp76djk9GEi1Pxzc+Ne++JXwwvaqSKyuLSvTk=";
        assert!(secrets.verified("shop", signature, Encoding::Base64, b"body").is_some());
        let hex = "e7442d5a2529a7bea3277d84e8a4f5c73f9ef25ebff0c0bda92b3b0c8e5c3b6e";
        assert!(secrets.verified("shop", hex, Encoding::Hex, b"body").is_none(), "of another body");
        let bytes = STANDARD.decode(signature).unwrap();
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(secrets.verified("shop", &hex, Encoding::Hex, b"body").is_some());
        for wrong in [&hex[1..], &hex.replace('e', "x"), "é", signature] {
            assert!(secrets.verified("shop", wrong, Encoding::Hex, b"body").is_none(), "{wrong}");
        }
        for (merchant, signature, body) in [
            ("other", signature, "body"),
            ("nobody", signature, "body"),
            ("shop", signature, "body "),
            ("shop", "", "body"),
            ("shop", "no base64!", "body"),
        ] {
            assert!(
                secrets.verified(merchant, signature, Encoding::Base64, body.as_bytes()).is_none(),
                "{merchant} {signature} {body}"
            );
        }
        assert!(!format!("{secrets:?}").contains("secret"));
    }

    #[test]
    fn faults_are_told_at_once_and_show_no_secret() {
        let faults =
            Secrets::read("s.toml", "a = \"short one\"\nb = 7\n\"bad id!\" = \"long enough a secret\"").unwrap_err();
        let text: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert!(text.len() == 3 && !text.iter().any(|line| line.contains("short one")), "{text:?}");
        for text in
            ["a = a long enough secret", "# a comment\na = \"a long enough secret", "a = \"a long enough secret\" x"]
        {
            let faults = Secrets::read("s.toml", text).unwrap_err();
            let told = faults.iter().map(ToString::to_string).collect::<String>();
            assert!(told.starts_with("s.toml:") && !told.contains("long enough"), "{told}");
        }
        assert!(Secrets::load("shopify_file", Some(Path::new("/nowhere/s.toml"))).is_err());
        assert_eq!(Secrets::load("shopify_file", None).unwrap().merchants().count(), 0);
    }
}
