//! Signed quotes: what a shop shows a buyer, kept until it expires without anything being stored.
//!
//! A token is what a ticket says and a BLAKE3 MAC of it under a key of the service's own (32 random bytes in the data folder), in URL-safe
//! base64. It names its cart by a digest, so that it is worth nothing for another one. A number, the same in all tokens of a quote, makes
//! that one order alone can use it.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use engine::fulfilment::{Destination, LineQuantity};
use engine::ids::ChannelId;
use engine::model::{MerchantIx, ServiceLevel};
use engine::units::{Cents, Timestamp};
use subtle::ConstantTimeEq as _;

/// What a quote promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Number of the quote.
    pub number: u64,
    /// For which cart.
    pub cart: CartDigest,
    /// How fast.
    pub level: ServiceLevel,
    /// What the buyer is asked.
    pub price: Cents,
    /// When it arrives at the latest.
    pub delivers_by: Timestamp,
    /// Which option it was ([`engine::quote::QuoteOption::name`]).
    pub option: u64,
    /// The time that it was asked to arrive by.
    pub by: Option<Timestamp>,
    /// Until then an order may use it.
    pub expires_at: Timestamp,
    /// Its stock is held.
    pub held: bool,
}

/// Names a cart and where it goes.
pub type CartDigest = [u8; 16];

/// The form of tokens.
const VERSION: u8 = 2;
/// Bytes of a ticket, and of the MAC behind it.
const TICKET: usize = 2 + 8 + 16 + 5 * 8;
const MAC: usize = 16;

/// Signs quotes and knows its own signature.
pub struct Seal {
    key: [u8; 32],
    /// Quotes so far, from a random start.
    quotes: AtomicU64,
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal")
    }
}

impl Seal {
    /// A seal whose tokens end with the process.
    pub fn random() -> anyhow::Result<Self> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).context("random bytes for the key of quotes")?;
        Self::of(key)
    }

    /// The seal of a data folder: its `quote.key`, made at the first start.
    pub fn of_folder(folder: &Path) -> anyhow::Result<Self> {
        let file = folder.join("quote.key");
        if !file.exists() {
            let fresh = Self::random()?;
            let mut options = fs::OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut made = options.open(&file).with_context(|| format!("writing {}", file.display()))?;
            made.write_all(&fresh.key)
                .and_then(|()| made.sync_all())
                .with_context(|| format!("writing {}", file.display()))?;
            return Ok(fresh);
        }
        let bytes = fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
        let key = bytes.try_into().map_err(|_| {
            anyhow::anyhow!(
                "{} must hold 32 bytes; remove it for a new one, which ends quotes that are out",
                file.display()
            )
        })?;
        Self::of(key)
    }

    fn of(key: [u8; 32]) -> anyhow::Result<Self> {
        let mut start = [0; 8];
        getrandom::fill(&mut start).context("random bytes for numbers of quotes")?;
        Ok(Self { key, quotes: AtomicU64::new(u64::from_le_bytes(start)) })
    }

    /// A number for a new quote. Numbers do not tell how many there were.
    pub fn next_number(&self) -> u64 {
        let n = self.quotes.fetch_add(1, Ordering::Relaxed);
        // A permutation, so that no number comes twice (finaliser of splitmix64).
        let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        n ^ (n >> 31)
    }

    /// The token of a ticket.
    pub fn sign(&self, ticket: &Ticket) -> String {
        let mut bytes = [0; TICKET + MAC];
        bytes[0] = VERSION;
        let level = ServiceLevel::ALL.iter().position(|level| *level == ticket.level).unwrap_or(0);
        bytes[1] = u8::from(ticket.held) << 7 | level as u8;
        bytes[2..10].copy_from_slice(&ticket.number.to_le_bytes());
        bytes[10..26].copy_from_slice(&ticket.cart);
        bytes[26..34].copy_from_slice(&ticket.price.get().to_le_bytes());
        bytes[34..42].copy_from_slice(&ticket.delivers_by.unix().to_le_bytes());
        bytes[42..50].copy_from_slice(&ticket.expires_at.unix().to_le_bytes());
        bytes[50..58].copy_from_slice(&ticket.option.to_le_bytes());
        bytes[58..66].copy_from_slice(&ticket.by.map_or(i64::MIN, Timestamp::unix).to_le_bytes());
        let mac = self.mac(&bytes[..TICKET]);
        bytes[TICKET..].copy_from_slice(&mac);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The ticket of a token that this seal has signed.
    pub fn open(&self, token: &str) -> Option<Ticket> {
        let bytes: [u8; TICKET + MAC] = URL_SAFE_NO_PAD.decode(token.trim()).ok()?.try_into().ok()?;
        let (ticket, mac) = bytes.split_at(TICKET);
        if !bool::from(self.mac(ticket).ct_eq(mac)) || ticket[0] != VERSION {
            return None;
        }
        let number = |at: usize| i64::from_le_bytes(ticket[at..at + 8].try_into().unwrap_or_default());
        Some(Ticket {
            number: number(2).cast_unsigned(),
            cart: ticket[10..26].try_into().ok()?,
            level: *ServiceLevel::ALL.get(usize::from(ticket[1] & 0x7f))?,
            price: Cents::new(number(26)),
            delivers_by: Timestamp::from_unix(number(34)),
            expires_at: Timestamp::from_unix(number(42)),
            option: number(50).cast_unsigned(),
            by: Some(number(58)).filter(|by| *by != i64::MIN).map(Timestamp::from_unix),
            held: ticket[1] & 0x80 != 0,
        })
    }

    fn mac(&self, ticket: &[u8]) -> [u8; MAC] {
        let mut mac = [0; MAC];
        mac.copy_from_slice(&blake3::keyed_hash(&self.key, ticket).as_bytes()[..MAC]);
        mac
    }
}

/// The digest of a cart and its destination.
pub fn cart_digest(
    merchant: MerchantIx,
    channel: Option<&ChannelId>,
    to: Destination,
    lines: &[LineQuantity],
) -> CartDigest {
    let mut sorted: Vec<LineQuantity> = lines.to_vec();
    sorted.sort_unstable();
    let mut text = Vec::with_capacity(32 + 8 * sorted.len());
    text.extend_from_slice(&merchant.0.to_le_bytes());
    text.extend_from_slice(&to.postal.0.to_le_bytes());
    let flags = [to.residential, to.terms.po_box, to.terms.insured, to.terms.cash_on_delivery];
    text.push(flags.iter().rev().fold(0, |bits, flag| bits << 1 | u8::from(*flag)));
    for line in &sorted {
        text.extend_from_slice(&line.sku.0.to_le_bytes());
        text.extend_from_slice(&line.quantity.to_le_bytes());
    }
    text.extend_from_slice(channel.map_or("", ChannelId::as_str).as_bytes());
    let mut digest = [0; 16];
    digest.copy_from_slice(&blake3::hash(&text).as_bytes()[..16]);
    digest
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::model::{PostalIx, SkuIx};

    fn ticket(seal: &Seal) -> Ticket {
        let lines = [LineQuantity { sku: SkuIx(3), quantity: 2 }];
        Ticket {
            number: seal.next_number(),
            cart: cart_digest(MerchantIx(1), None, Destination::new(PostalIx(7), true), &lines),
            level: ServiceLevel::Overnight,
            price: Cents::new(1_467),
            delivers_by: Timestamp::from_unix(1_763_000_000),
            expires_at: Timestamp::from_unix(1_762_800_000),
            option: u64::MAX - 5,
            by: None,
            held: true,
        }
    }

    #[test]
    fn a_token_is_of_its_seal_and_cannot_be_altered() {
        let (seal, other) = (Seal::random().unwrap(), Seal::random().unwrap());
        let ticket = ticket(&seal);
        let token = seal.sign(&ticket);
        assert_eq!(seal.open(&token), Some(ticket));
        assert_eq!(other.open(&token), None);
        for at in 0..token.len() {
            let mut altered = token.clone().into_bytes();
            altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(seal.open(&String::from_utf8(altered).unwrap()), None, "{at}");
        }
        for text in ["", "x", &token[1..], &format!("{token}A")] {
            assert_eq!(seal.open(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_differ_and_carts_are_told_apart() {
        let seal = Seal::random().unwrap();
        let numbers: std::collections::BTreeSet<u64> = (0..1_000).map(|_| seal.next_number()).collect();
        assert_eq!(numbers.len(), 1_000);
        let line = |sku, quantity| LineQuantity { sku: SkuIx(sku), quantity };
        let digest = |merchant, home, lines: &[LineQuantity]| {
            cart_digest(MerchantIx(merchant), None, Destination::new(PostalIx(7), home), lines)
        };
        let one = digest(1, true, &[line(3, 2), line(4, 1)]);
        assert_eq!(one, digest(1, true, &[line(4, 1), line(3, 2)]));
        for other in [
            digest(2, true, &[line(3, 2), line(4, 1)]),
            digest(1, false, &[line(3, 2), line(4, 1)]),
            digest(1, true, &[line(3, 1), line(4, 2)]),
        ] {
            assert_ne!(one, other);
        }
        let channel = ChannelId::new("web").unwrap();
        assert_ne!(
            one,
            cart_digest(MerchantIx(1), Some(&channel), Destination::new(PostalIx(7), true), &[line(3, 2), line(4, 1)])
        );
    }

    #[test]
    fn a_folders_seal_outlives_the_process() {
        let folder = tempfile::tempdir().unwrap();
        let seal = Seal::of_folder(folder.path()).unwrap();
        let token = seal.sign(&ticket(&seal));
        assert!(Seal::of_folder(folder.path()).unwrap().open(&token).is_some());
        fs::write(folder.path().join("quote.key"), "short").unwrap();
        assert!(Seal::of_folder(folder.path()).unwrap_err().to_string().contains("32 bytes"));
    }
}
