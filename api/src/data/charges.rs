//! The small languages of rate cards: conditions, amounts, least weights.
//!
//! ```text
//! condition:  residential; dates=2025-11-01..2026-01-15        ; and, | or, ! not, ( ) first
//! amount:     415 | 1361:40 4536:75 | longest_mm 762:400/450 1219:850/900 | 12 per 1000 g above 5000 | 16.5% of fuel
//! least:      500, 40823 if girth_mm>3302
//! ```

use engine::calendar::civil::Date;
use engine::model::*;
use engine::units::{Cents, Grams};

use super::rows::LARGEST;

/// Deepest nesting of a condition.
const DEEPEST: usize = 50;

/// A condition; the number of a service is asked of `service`.
pub fn condition(text: &str, service: &dyn Fn(&str) -> Option<ServiceIx>) -> Result<Condition, String> {
    let mut reader = Reader { text, at: 0, depth: 0, service };
    let condition = reader.all()?;
    match reader.peek() {
        None => Ok(condition),
        Some(other) => Err(format!("`{other}` stands where `;` or `|` was expected")),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    service: &'a dyn Fn(&str) -> Option<ServiceIx>,
}

impl Reader<'_> {
    fn peek(&mut self) -> Option<char> {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
        self.text[self.at..].chars().next()
    }

    fn takes(&mut self, sign: char) -> bool {
        let is_next = self.peek() == Some(sign);
        self.at += if is_next { sign.len_utf8() } else { 0 };
        is_next
    }

    fn all(&mut self) -> Result<Condition, String> {
        let mut parts = Vec::new();
        loop {
            match self.peek() {
                None | Some(')') => break,
                Some(';') => {}
                Some(_) => parts.push(self.any()?),
            }
            if !self.takes(';') {
                break;
            }
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::All(parts) })
    }

    fn any(&mut self) -> Result<Condition, String> {
        let mut parts = vec![self.one()?];
        while self.takes('|') {
            parts.push(self.one()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::Any(parts) })
    }

    fn one(&mut self) -> Result<Condition, String> {
        if self.depth == DEEPEST {
            return Err(format!("conditions must not be nested deeper than {DEEPEST}"));
        }
        self.depth += 1;
        let part = if self.takes('!') {
            Condition::Not(Box::new(self.one()?))
        } else if self.takes('(') {
            let part = self.all()?;
            if !self.takes(')') {
                return Err("a `)` is missing".to_owned());
            }
            part
        } else {
            let rest = &self.text[self.at..];
            let length = rest.find([';', '|', ')', '(']).unwrap_or(rest.len());
            self.at += length;
            self.atom(rest[..length].trim())?
        };
        self.depth -= 1;
        Ok(part)
    }

    fn atom(&self, text: &str) -> Result<Condition, String> {
        if let Some(flag) = Flag::ALL.into_iter().find(|flag| flag.word() == text) {
            return Ok(Condition::Flag(flag));
        }
        if let Some((what, value)) = text.split_once('=').filter(|(what, _)| !what.ends_with(['<', '>'])) {
            return self.named(what.trim(), value.trim()).ok_or_else(|| unknown(text))?;
        }
        let over = |(what, limit): (&str, &str)| {
            let measure = measure(what.trim())?;
            Some(Condition::Over(measure, whole(limit)?))
        };
        let not_over = text.split_once("<=").and_then(over).map(|over| Condition::Not(Box::new(over)));
        not_over.or_else(|| text.split_once('>').and_then(over)).ok_or_else(|| unknown(text))
    }

    /// `area=NAME` and its like; `None` of what is unknown.
    fn named(&self, what: &str, value: &str) -> Option<Result<Condition, String>> {
        let range = || value.split_once("..").unwrap_or((value, value));
        Some(match what {
            "area" => Ok(Condition::Area(value.to_owned())),
            "service" | "postal" if value.is_empty() => Err(format!("`{what}=` names nothing")),
            "service" => {
                let found = |id: &str| (self.service)(id).ok_or_else(|| format!("`{id}` must be in services.csv"));
                value.split_whitespace().map(found).collect::<Result<_, _>>().map(Condition::Service)
            }
            "dates" => {
                let date =
                    |text: &str| text.parse::<Date>().map_err(|_| format!("`{text}` is no date: write YYYY-MM-DD"));
                let (first, last) = range();
                date(first).and_then(|first| Ok(Condition::Dates(first, date(last)?)))
            }
            "column" => {
                let column = |text: &str| text.parse::<u8>().ok().filter(|n| *n >= 1).map(|n| n - 1);
                let (first, last) = range();
                let rule = || format!("`{value}` is no price column: write one from 1 on, or FIRST..LAST");
                column(first).zip(column(last)).map(|(first, last)| Condition::Columns(first, last)).ok_or_else(rule)
            }
            "postal" => {
                let range = |text: &str| {
                    let (first, last) = text.split_once("..").unwrap_or((text, text));
                    (first.to_owned(), last.to_owned())
                };
                Ok(Condition::Postals(value.split_whitespace().map(range).collect()))
            }
            _ => return None,
        })
    }
}

fn unknown(text: &str) -> String {
    let flags = Flag::ALL.map(Flag::word).join(", ");
    let measures = Measure::ALL.map(Measure::word).join(", ");
    format!(
        "`{text}` is no condition: use {flags}, area=NAME, postal=CODES, service=IDS, column=FIRST..LAST, dates=FIRST..LAST, or one \
         of {measures} followed by >NUMBER or <=NUMBER; with ; for and, | for or, ! for not"
    )
}

fn measure(word: &str) -> Option<Measure> {
    Measure::ALL.into_iter().find(|measure| measure.word() == word)
}

/// What a rule charges.
pub fn charged(text: &str) -> Result<Charged, String> {
    let rule = || {
        format!(
            "`{text}` is no amount: write cents, steps as GRAMS:CENTS with spaces between (or MEASURE LIMIT:CENTS .., or one CENTS a \
             price column with / between), CENTS per N g (or mm, mm3, cents) with above N where some are free, or N% of a set of \
             charges, value or cash_on_delivery"
        )
    };
    if let Some(cents) = whole(text) {
        return Ok(Charged::Fixed(Cents::new(cents)));
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.as_slice() {
        [share, "of", of] if share.ends_with('%') => {
            let ppm = ppm(share.trim_end_matches('%')).ok_or_else(rule)?;
            let of = match *of {
                "value" => ShareOf::Value,
                "cash_on_delivery" => ShareOf::CashOnDelivery,
                set => ShareOf::Set(set.to_owned()),
            };
            Ok(Charged::Share { ppm, of })
        }
        [each, "per", unit, of, above @ ..] => {
            let measure = match *of {
                "g" => Measure::Billable,
                "mm" => Measure::Girth,
                "mm3" => Measure::Volume,
                "cents" => Measure::Value,
                _ => return Err(rule()),
            };
            let above = match above {
                [] => Some(0),
                ["above", above] => whole(above),
                _ => None,
            };
            let (each, unit, above) = whole(each)
                .zip(whole(unit))
                .zip(above)
                .map(|((each, unit), above)| (each, unit, above))
                .ok_or_else(rule)?;
            Ok(Charged::PerUnit { measure, unit, above, each: Cents::new(each) })
        }
        [first, rows @ ..] => {
            let named = measure(first);
            let rows = if named.is_some() { rows } else { words.as_slice() };
            let rows: Option<Vec<_>> = rows.iter().map(|row| table_row(row)).collect();
            let measure = named.unwrap_or(Measure::Billable);
            rows.filter(|rows| !rows.is_empty()).map(|rows| Charged::Table { measure, rows }).ok_or_else(rule)
        }
        [] => Err(rule()),
    }
}

/// `LIMIT:CENTS` or `LIMIT:CENTS/CENTS/..`.
fn table_row(text: &str) -> Option<(i64, Vec<Cents>)> {
    let (limit, cells) = text.split_once(':')?;
    let cells: Option<Vec<Cents>> = cells.split('/').map(|cell| whole(cell).map(Cents::new)).collect();
    Some((whole(limit)?, cells?))
}

/// `500, 40823 if girth_mm>3302`.
pub fn least_billable(
    text: &str,
    service: &dyn Fn(&str) -> Option<ServiceIx>,
) -> Result<Vec<(Condition, Grams)>, String> {
    let one = |part: &str| {
        let (grams, when) = part.split_once(" if ").unwrap_or((part, ""));
        let rule = || format!("`{part}` is no least weight: write GRAMS, or GRAMS if CONDITION, with , between");
        Ok((condition(when, service)?, Grams::new(whole(grams).ok_or_else(rule)?)))
    };
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(one).collect()
}

/// Percent with up to four decimals, as millionths.
pub fn ppm(text: &str) -> Option<i64> {
    let (whole_part, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.len() > 4 || !decimals.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let decimals: i64 = format!("{decimals:0<4}").parse().ok()?;
    whole(whole_part).filter(|percent| *percent <= 1_000_000).map(|percent| percent * 10_000 + decimals)
}

/// A whole number that a file may hold.
fn whole(text: &str) -> Option<i64> {
    text.trim().parse().ok().filter(|n| (0..=LARGEST).contains(n))
}

/// A condition as a file would have it; parts of an "or" in brackets where they need them.
pub fn condition_text(condition: &Condition, world: &World) -> String {
    let nested = |part: &Condition| match part {
        Condition::All(_) | Condition::Any(_) => format!("({})", condition_text(part, world)),
        _ => condition_text(part, world),
    };
    let joined = |parts: &[Condition], by: &str| parts.iter().map(nested).collect::<Vec<_>>().join(by);
    let range = |first: String, last: String| if first == last { first } else { format!("{first}..{last}") };
    match condition {
        Condition::All(parts) => joined(parts, "; "),
        Condition::Any(parts) => joined(parts, " | "),
        Condition::Not(part) => match &**part {
            Condition::Over(measure, limit) => format!("{}<={limit}", measure.word()),
            part => format!("!{}", nested(part)),
        },
        Condition::Flag(flag) => flag.word().to_owned(),
        Condition::Service(services) => {
            let ids: Vec<&str> = services.iter().map(|&service| world.services[service].id.as_str()).collect();
            format!("service={}", ids.join(" "))
        }
        Condition::Columns(first, last) => {
            format!("column={}", range((u16::from(*first) + 1).to_string(), (u16::from(*last) + 1).to_string()))
        }
        Condition::Area(name) => format!("area={name}"),
        Condition::Postals(ranges) => {
            let codes: Vec<String> = ranges.iter().map(|(first, last)| range(first.clone(), last.clone())).collect();
            format!("postal={}", codes.join(" "))
        }
        Condition::Over(measure, limit) => format!("{}>{limit}", measure.word()),
        Condition::Dates(first, last) => format!("dates={}", range(first.to_string(), last.to_string())),
    }
}

/// An amount as a file would have it.
pub fn charged_text(charged: &Charged) -> String {
    match charged {
        Charged::Fixed(cents) => cents.get().to_string(),
        Charged::Table { measure, rows } => {
            let cells =
                |cells: &[Cents]| cells.iter().map(|cents| cents.get().to_string()).collect::<Vec<_>>().join("/");
            let rows: Vec<String> = rows.iter().map(|(limit, row)| format!("{limit}:{}", cells(row))).collect();
            format!("{} {}", measure.word(), rows.join(" "))
        }
        Charged::PerUnit { measure, unit, above, each } => {
            let of = match measure {
                Measure::Billable | Measure::Weight => "g",
                Measure::Volume => "mm3",
                Measure::Value => "cents",
                _ => "mm",
            };
            let above = if *above > 0 { format!(" above {above}") } else { String::new() };
            format!("{} per {unit} {of}{above}", each.get())
        }
        Charged::Share { ppm, of } => {
            let of = match of {
                ShareOf::Set(set) => set,
                ShareOf::Value => "value",
                ShareOf::CashOnDelivery => "cash_on_delivery",
            };
            let percent = format!("{}.{:04}", ppm / 10_000, ppm % 10_000);
            format!("{}% of {of}", percent.trim_end_matches('0').trim_end_matches('.'))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Condition, String> {
        condition(text, &|id| (id == "ground").then_some(ServiceIx(0)))
    }

    #[test]
    fn conditions_nest() {
        let home = || Condition::Flag(Flag::Residential);
        let long = || Condition::Over(Measure::Longest, 1_219);
        assert_eq!(read(""), Ok(Condition::ALWAYS));
        assert_eq!(read(" residential "), Ok(home()));
        assert_eq!(read("residential; longest_mm>1219;"), Ok(Condition::All(vec![home(), long()])));
        let either = Condition::Any(vec![home(), Condition::All(vec![long(), Condition::Not(Box::new(home()))])]);
        assert_eq!(read("residential | (longest_mm > 1219; !residential)"), Ok(either));
        // Or binds closer than and.
        let both = Condition::All(vec![Condition::Any(vec![home(), long()]), Condition::Columns(1, 3)]);
        assert_eq!(read("residential|longest_mm>1219; column=2..4"), Ok(both));
        assert_eq!(read("weight_g<=500"), Ok(Condition::Not(Box::new(Condition::Over(Measure::Weight, 500)))));
        let postals = vec![("995".to_owned(), "999".to_owned()), ("96701".to_owned(), "96701".to_owned())];
        assert_eq!(read("postal=995..999 96701"), Ok(Condition::Postals(postals)));
        assert_eq!(read("service=ground"), Ok(Condition::Service(vec![ServiceIx(0)])));
    }

    #[test]
    fn a_wrong_condition_says_what_is_wrong() {
        for (text, part) in [
            ("resident", "`resident` is no condition: use residential, hazmat"),
            ("(residential", "a `)` is missing"),
            ("residential)", "`)` stands where"),
            ("dates=2025-13-01", "`2025-13-01` is no date"),
            ("column=0", "`0` is no price column"),
            ("service=air", "`air` must be in services.csv"),
            ("postal=", "`postal=` names nothing"),
            ("residential | ", "`` is no condition"),
            ("longest_mm>-1", "is no condition"),
        ] {
            let told = read(text).unwrap_err();
            assert!(told.contains(part), "{text}: {told}");
        }
        assert!(read(&"!".repeat(60)).unwrap_err().contains("nested"));
    }

    #[test]
    fn amounts_are_fixed_stepped_by_the_unit_or_a_share() {
        let cents = |amounts: &[i64]| amounts.iter().map(|&cents| Cents::new(cents)).collect::<Vec<_>>();
        assert_eq!(charged("415"), Ok(Charged::Fixed(Cents::new(415))));
        let rows = vec![(1_361, cents(&[40])), (4_536, cents(&[75]))];
        assert_eq!(charged("1361:40 4536:75"), Ok(Charged::Table { measure: Measure::Billable, rows }));
        let rows = vec![(762, cents(&[400, 450])), (1_219, cents(&[850, 900]))];
        assert_eq!(
            charged("longest_mm 762:400/450 1219:850/900"),
            Ok(Charged::Table { measure: Measure::Longest, rows })
        );
        let per = Charged::PerUnit { measure: Measure::Value, unit: 10_000, above: 10_000, each: Cents::new(105) };
        assert_eq!(charged("105 per 10000 cents above 10000"), Ok(per));
        let share = |ppm, set: &str| Ok(Charged::Share { ppm, of: ShareOf::Set(set.to_owned()) });
        assert_eq!(charged("16.5% of fuel"), share(165_000, "fuel"));
        assert_eq!(charged("8.875% of all"), share(88_750, "all"));
        assert_eq!(charged("2% of value"), Ok(Charged::Share { ppm: 20_000, of: ShareOf::Value }));
        for wrong in ["", "4,15", "16.5 %", "8.87555% of all", "12 per g", "12 per 100 kg", "longest_mm", "5:", "-3"] {
            assert!(charged(wrong).unwrap_err().contains("is no amount"), "{wrong}");
        }
    }

    #[test]
    fn what_is_written_reads_the_same() {
        let world = engine::model::fixture::tiny_world();
        for text in [
            "residential; longest_mm>1219; dates=2025-11-01..2026-01-15",
            "residential | (hazmat; !fragile); column=2..4",
            "!(area=remote | postal=995..999 96701); weight_g<=500; service=ground",
            "volume_ratio_percent>105",
            "",
        ] {
            let tree = read(text).unwrap();
            assert_eq!(read(&condition_text(&tree, &world)), Ok(tree), "{text}");
        }
        for text in [
            "415",
            "longest_mm 762:400/450 1219:850/900",
            "105 per 10000 cents above 10000",
            "8.875% of all",
            "2% of value",
        ] {
            assert_eq!(charged_text(&charged(text).unwrap()), text);
        }
    }

    #[test]
    fn least_weights_may_hang_on_conditions() {
        let oversize = (Condition::Over(Measure::Girth, 3_302), Grams::new(40_823));
        let least = least_billable("500, 40823 if girth_mm>3302", &|_| None);
        assert_eq!(least, Ok(vec![(Condition::ALWAYS, Grams::new(500)), oversize]));
        assert!(least_billable("many", &|_| None).unwrap_err().contains("is no least weight"));
    }
}
