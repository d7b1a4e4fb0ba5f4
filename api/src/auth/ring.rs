//! The keys that the service knows: a TOML file of hashes.
//!
//! ```toml
//! [[key]]
//! hash = "<64 hexadecimal digits>"
//! name = "acme checkout"
//! role = "shop"
//! merchant = "acme"          # or warehouse = "..", carrier = ".."; planner and admin are bound to none
//! suspended = "unpaid"       # optional: the key is known and refused, for this reason
//! ```

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use engine::fault::Fault;
use engine::ids::{CarrierId, MerchantId, WarehouseId};
use engine::model::World;
use serde::{Deserialize, Serialize};

use super::actor::{Actor, Binding, Role};
use super::key::{KeyHash, KeyText};

/// One key as the file has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyEntry {
    /// BLAKE3 hash of the key's text.
    pub hash: String,
    /// A name for people.
    pub name: String,
    /// `shop`, `warehouse`, `carrier`, `planner` or `admin`.
    pub role: String,
    /// The merchant of a shop's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant: Option<String>,
    /// The warehouse of a warehouse's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warehouse: Option<String>,
    /// The carrier of a carrier's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// Why the key is refused for now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended: Option<String>,
}

impl KeyEntry {
    /// A new key for `actor`: its text, to be shown once, and what to append to the keys file.
    pub fn issue(actor: &Actor) -> anyhow::Result<(KeyText, Self)> {
        let text = KeyText::generate()?;
        let mut entry = Self {
            hash: text.hash().to_hex(),
            name: actor.name.clone(),
            role: actor.role.to_string(),
            ..Self::default()
        };
        match &actor.binding {
            Binding::Merchant(id) => entry.merchant = Some(id.to_string()),
            Binding::Warehouse(id) => entry.warehouse = Some(id.to_string()),
            Binding::Carrier(id) => entry.carrier = Some(id.to_string()),
            Binding::Network => {}
        }
        Ok((text, entry))
    }

    /// The entry as the file's text.
    pub fn to_toml(&self) -> anyhow::Result<String> {
        Ok(format!("[[key]]\n{}", toml::to_string(self)?))
    }

    /// The caller that the entry describes, or every fault; `at` names the entry's place.
    pub fn actor(&self, at: &str) -> Result<Actor, Vec<Fault>> {
        let mut faults = Vec::new();
        if self.name.trim().is_empty() {
            faults.push(Fault::new(at, "name", &self.name, "must say whose key this is"));
        }
        let role = self.role.parse::<Role>().map_err(|rule| faults.push(Fault::new(at, "role", &self.role, rule))).ok();
        let binding = role.and_then(|role| self.binding(role, at, &mut faults));
        match (role, binding) {
            (Some(role), Some(binding)) if faults.is_empty() => Ok(Actor { name: self.name.clone(), role, binding }),
            _ => Err(faults),
        }
    }

    fn binding(&self, role: Role, at: &str, faults: &mut Vec<Fault>) -> Option<Binding> {
        let wanted = match role {
            Role::Shop => "merchant",
            Role::Warehouse => "warehouse",
            Role::Carrier => "carrier",
            Role::Planner | Role::Admin => "",
        };
        let named = [("merchant", &self.merchant), ("warehouse", &self.warehouse), ("carrier", &self.carrier)];
        for (field, id) in named {
            match id {
                Some(id) if field != wanted => {
                    faults.push(Fault::new(
                        at,
                        field,
                        id,
                        format!("a {role} key is not bound to a {field}: remove it"),
                    ));
                }
                None if field == wanted => {
                    faults.push(Fault::new(
                        at,
                        field,
                        "",
                        format!("must name the {field} that this {role} key is for"),
                    ));
                }
                _ => {}
            }
        }
        let mut checked = |field, parsed: Result<Binding, engine::ids::InvalidId>| {
            parsed.map_err(|invalid| faults.push(Fault::new(at, field, "", invalid.to_string()))).ok()
        };
        match role {
            Role::Shop => checked("merchant", MerchantId::new(self.merchant.as_deref()?).map(Binding::Merchant)),
            Role::Warehouse => {
                checked("warehouse", WarehouseId::new(self.warehouse.as_deref()?).map(Binding::Warehouse))
            }
            Role::Carrier => checked("carrier", CarrierId::new(self.carrier.as_deref()?).map(Binding::Carrier)),
            Role::Planner | Role::Admin => Some(Binding::Network),
        }
    }
}

/// Every key, by its hash.
#[derive(Clone, Debug, Default)]
pub struct KeyRing {
    keys: HashMap<[u8; 8], Vec<Known>>,
}

#[derive(Clone, Debug)]
struct Known {
    hash: KeyHash,
    actor: Arc<Actor>,
    suspended: Option<String>,
}

/// What a key's text turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// A key in force.
    Known(Arc<Actor>),
    /// A key that is refused for now; why.
    Suspended(String),
    /// No key of ours.
    Unknown,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeysFile {
    #[serde(default)]
    key: Vec<toml::Spanned<KeyEntry>>,
}

impl KeyRing {
    /// The keys in a file's text, or every fault; `name` is the file's.
    pub fn parse(name: &str, text: &str) -> Result<Self, Vec<Fault>> {
        let line = |offset: usize| 1 + text[..offset.min(text.len())].matches('\n').count();
        let file: KeysFile = toml::from_str(text).map_err(|error| {
            let at = format!("{name}:{}", line(error.span().map_or(0, |span| span.start)));
            vec![Fault::new(at, "", "", error.message().trim())]
        })?;
        let mut ring = Self::default();
        let mut faults = Vec::new();
        for entry in file.key {
            let at = format!("{name}:{}", line(entry.span().start));
            if let Err(found) = ring.add(&at, entry.get_ref()) {
                faults.extend(found);
            }
        }
        if faults.is_empty() { Ok(ring) } else { Err(faults) }
    }

    /// Adds a key, or says every fault in it.
    pub fn add(&mut self, at: &str, entry: &KeyEntry) -> Result<(), Vec<Fault>> {
        let hash = KeyHash::from_hex(&entry.hash).ok_or_else(|| {
            Fault::new(at, "hash", &entry.hash, "must be 64 hexadecimal digits, as `tidewater keys new` prints")
        });
        let (hash, actor) = match (hash, entry.actor(at)) {
            (Ok(hash), Ok(actor)) => (hash, actor),
            (hash, actor) => return Err(hash.err().into_iter().chain(actor.err().unwrap_or_default()).collect()),
        };
        let bucket = self.keys.entry(hash.bucket()).or_default();
        if bucket.iter().any(|known| known.hash == hash) {
            return Err(vec![Fault::new(at, "hash", &entry.hash, "stands in the file twice: remove one")]);
        }
        bucket.push(Known { hash, actor: Arc::new(actor), suspended: entry.suspended.clone() });
        Ok(())
    }

    /// Who holds the key with this text.
    pub fn identify(&self, text: &str) -> Identity {
        let hash = KeyHash::of(text);
        let known = self.keys.get(&hash.bucket()).and_then(|bucket| bucket.iter().find(|known| known.hash == hash));
        match known {
            Some(Known { suspended: Some(reason), .. }) => Identity::Suspended(reason.clone()),
            Some(known) => Identity::Known(Arc::clone(&known.actor)),
            None => Identity::Unknown,
        }
    }

    /// Keys bound to something that `world` does not have.
    pub fn faults_against(&self, world: &World, name: &str) -> Vec<Fault> {
        let mut faults: Vec<Fault> = self
            .actors()
            .filter_map(|actor| {
                let (field, id, found) = match &actor.binding {
                    Binding::Merchant(id) => ("merchant", id.as_str(), world.merchant(id.as_str()).is_some()),
                    Binding::Warehouse(id) => ("warehouse", id.as_str(), world.warehouse(id.as_str()).is_some()),
                    Binding::Carrier(id) => ("carrier", id.as_str(), world.carrier(id.as_str()).is_some()),
                    Binding::Network => return None,
                };
                let rule = format!("the network has no such {field}; correct the key `{}` or remove it", actor.name);
                (!found).then(|| Fault::new(name, field, id, rule))
            })
            .collect();
        faults.sort();
        faults
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.actors().count()
    }

    /// Whether nobody can call.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    fn actors(&self) -> impl Iterator<Item = &Actor> {
        self.keys.values().flatten().map(|known| known.actor.as_ref())
    }
}

/// The keys in force; clones share them. Reading never waits for a reload.
#[derive(Clone, Debug)]
pub struct Keys {
    ring: Arc<ArcSwap<KeyRing>>,
    file: Option<PathBuf>,
}

impl Keys {
    /// Keys that come from no file.
    pub fn fixed(ring: KeyRing) -> Self {
        Self { ring: Arc::new(ArcSwap::from_pointee(ring)), file: None }
    }

    /// The keys in a file, or every fault in it.
    pub fn load(file: &Path) -> Result<Self, Vec<Fault>> {
        let ring = read(file)?;
        Ok(Self { ring: Arc::new(ArcSwap::from_pointee(ring)), file: Some(file.to_owned()) })
    }

    /// Reads the file again; on a fault the keys in force stay. Returns how many keys there are.
    pub fn reload(&self) -> Result<usize, Vec<Fault>> {
        if let Some(file) = &self.file {
            self.ring.store(Arc::new(read(file)?));
        }
        Ok(self.ring.load().len())
    }

    /// Who holds the key with this text.
    pub fn identify(&self, text: &str) -> Identity {
        self.ring.load().identify(text)
    }
}

fn read(file: &Path) -> Result<KeyRing, Vec<Fault>> {
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file).map_err(|error| {
        vec![Fault::new(&name, "", "", format!("cannot be read: {error}; make it with `tidewater keys new`"))]
    })?;
    KeyRing::parse(&name, &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop() -> Actor {
        Actor {
            name: "acme checkout".to_owned(),
            role: Role::Shop,
            binding: Binding::Merchant(MerchantId::new("acme").unwrap()),
        }
    }

    #[test]
    fn an_issued_key_is_known_after_a_round_through_the_file() {
        let (text, entry) = KeyEntry::issue(&shop()).unwrap();
        let file = entry.to_toml().unwrap();
        assert!(!file.contains(text.reveal()));
        let ring = KeyRing::parse("keys.toml", &file).unwrap();
        assert_eq!(ring.identify(text.reveal()), Identity::Known(Arc::new(shop())));
        assert_eq!(ring.identify("tw_other"), Identity::Unknown);
        assert_eq!(ring.identify(""), Identity::Unknown);
    }

    #[test]
    fn a_suspended_key_says_why() {
        let (text, mut entry) = KeyEntry::issue(&shop()).unwrap();
        entry.suspended = Some("unpaid".to_owned());
        let ring = KeyRing::parse("k", &entry.to_toml().unwrap()).unwrap();
        assert_eq!(ring.identify(text.reveal()), Identity::Suspended("unpaid".to_owned()));
    }

    #[test]
    fn every_fault_of_a_keys_file_is_named() {
        let hash = KeyHash::of("x").to_hex();
        let text = format!(
            "[[key]]\nhash = \"12\"\nname = \"\"\nrole = \"boss\"\n\n[[key]]\nhash = \"{hash}\"\nname = \"b\"\nrole = \"shop\"\nwarehouse = \"w\"\n\
             [[key]]\nhash = \"{hash}\"\nname = \"c\"\nrole = \"admin\"\n[[key]]\nhash = \"{hash}\"\nname = \"d\"\nrole = \"carrier\"\ncarrier = \"a b\"\n"
        );
        let faults: Vec<_> =
            KeyRing::parse("k.toml", &text).unwrap_err().iter().map(|f| format!("{} {}", f.at, f.field)).collect();
        assert_eq!(
            faults,
            [
                "k.toml:1 hash",
                "k.toml:1 name",
                "k.toml:1 role",
                "k.toml:6 merchant",
                "k.toml:6 warehouse",
                "k.toml:15 carrier"
            ]
        );
        assert!(KeyRing::parse("k.toml", "[[key]]\nhsh = 1").unwrap_err()[0].at.starts_with("k.toml:"));
    }

    #[test]
    fn a_broken_file_leaves_the_keys_in_force() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys.toml");
        let (text, entry) = KeyEntry::issue(&shop()).unwrap();
        std::fs::write(&file, entry.to_toml().unwrap()).unwrap();
        let keys = Keys::load(&file).unwrap();
        std::fs::write(&file, "nonsense").unwrap();
        assert!(keys.reload().is_err());
        assert!(matches!(keys.identify(text.reveal()), Identity::Known(_)));
        std::fs::write(&file, "").unwrap();
        assert_eq!(keys.reload(), Ok(0));
        assert_eq!(keys.identify(text.reveal()), Identity::Unknown);
    }
}
