//! Rules of rate cards, their conditions and zones.

use crate::calendar::civil::Date;

use super::*;

/// A rate card's rules, and the parts of a condition: compiled, all conditions of a card have fewer than 65,000 tests.
const MOST_RULES: usize = 500;
const MOST_PARTS: usize = 100;
/// A thousand percent.
const MOST_PPM: i64 = 10_000_000;

impl Checker<'_> {
    pub(super) fn rates(&mut self) {
        let parts = self.parts;
        self.unique("tariff", parts.tariffs.iter().map(|t| t.id.as_str()));
        self.unique("zone chart", parts.pair_charts.iter().map(|chart| chart.id.as_str()));
        for (n, tariff) in parts.tariffs.iter().enumerate() {
            self.tariff(("tariff", n), tariff);
        }
        self.cards();
        for (n, rate) in parts.exchange.iter().enumerate() {
            let is_same = |other: &Exchange| (&other.currency, other.from) == (&rate.currency, rate.from);
            let alone = !parts.exchange[..n].iter().any(is_same);
            self.require(alone, ("exchange rate", n), "valid_from", rate.from, "must come once for a currency");
            let fits = (1..=1_000_000_000_000).contains(&rate.ppm);
            self.require(fits, ("exchange rate", n), "ppm", rate.ppm, "must be from 1 to 10^12 millionths");
        }
        for (n, price) in parts.shop_prices.iter().enumerate() {
            let at = ("shop price", n);
            self.require(parts.merchants.get(price.merchant).is_some(), at, "merchant", price.merchant.0, "must exist");
            self.require(price.round_to >= Cents::new(1), at, "round_to_cents", price.round_to, "must be at least 1");
            let fits = (0..=MOST_PPM).contains(&price.markup_ppm);
            self.require(fits, at, "markup_percent", price.markup_ppm / 10_000, "must be from 0 to 1,000 percent");
            let ascending = price.first.zip(price.last).is_none_or(|(first, last)| first <= last);
            let last = price.last.map_or_else(String::new, |last| last.to_string());
            self.require(ascending, at, "last_day", last, "must not be before the first day");
        }
        for (n, ratio) in parts.volume_ratios.iter().enumerate() {
            let at = ("volume ratio", n);
            self.require(parts.carriers.get(ratio.carrier).is_some(), at, "carrier", ratio.carrier.0, "must exist");
            self.require(ratio.first <= ratio.last, at, "last_day", ratio.last, "must not be before the first day");
        }
    }

    /// Price columns of a service.
    pub(super) fn width(&self, service: &Service) -> usize {
        let by_distance = || self.parts.zone_chart.as_ref().map_or(0, ZoneChart::width);
        service.zones.as_ref().map_or_else(by_distance, |zones| zones.columns.len())
    }

    fn cards(&mut self) {
        let parts = self.parts;
        self.unique("card", parts.cards.iter().map(|card| card.id.as_str()));
        for (n, card) in parts.cards.iter().enumerate() {
            let at = ("card", n);
            self.require(!card.versions.is_empty(), at, "versions", "", "needs at least one version");
            let mut days: Vec<Date> =
                card.versions.iter().filter_map(|&ix| parts.tariffs.get(ix)).map(|tariff| tariff.valid_from).collect();
            days.sort_unstable();
            for pair in days.windows(2).filter(|pair| pair[0] == pair[1]) {
                self.require(false, at, "valid_from", pair[0], "two versions of a card must not begin on one day");
            }
        }
        let own = parts.services.iter().map(|service| (service, service.card));
        let contracts = parts.contracts.iter().filter_map(|c| Some((parts.services.get(c.service)?, c.card)));
        for (service, card) in own.chain(contracts) {
            let width = self.width(service);
            for &version in parts.cards.get(card).map_or(&[][..], |card| &card.versions) {
                let Some(tariff) = parts.tariffs.get(version) else { continue };
                let columns = columns(&tariff.rates);
                let rule = "must match the zone chart's columns of each service that uses the card";
                self.require(columns >= width, ("tariff", version.0 as usize), "columns", columns, rule);
            }
        }
        for (n, contract) in parts.contracts.iter().enumerate() {
            let at = ("contract", n);
            let known = parts.merchants.get(contract.merchant).is_some()
                && parts.services.get(contract.service).is_some()
                && parts.cards.get(contract.card).is_some();
            self.require(known, at, "merchant, service, card", "", "must exist");
            let is_same = |other: &Contract| (other.merchant, other.service) == (contract.merchant, contract.service);
            let alone = !parts.contracts[..n].iter().any(is_same);
            self.require(alone, at, "service", contract.service.0, "must come once for a merchant");
        }
        for (n, service) in parts.services.iter().enumerate() {
            let Some(zones) = &service.zones else { continue };
            let at = ("service", n);
            let chart = parts.pair_charts.get(zones.chart);
            let fits = chart.is_some_and(|chart| chart.regions() == parts.regions.len());
            self.require(fits, at, "zone_chart", zones.chart.0, "must exist");
            let mut sorted = zones.columns.clone();
            sorted.sort_unstable();
            sorted.dedup();
            let each_once = !sorted.is_empty() && sorted.len() == zones.columns.len();
            self.require(each_once, at, "zones", sorted.len(), "must name a zone a price column, each once");
        }
    }

    fn tariff(&mut self, at: (&'static str, usize), tariff: &Tariff) {
        let Weighing { side_step_um, dim, weight_step_ug, least, .. } = &tariff.weighing;
        if let Some(dim) = dim {
            self.require(dim.mm3_per_kg > 0, at, "dim_weight", dim.mm3_per_kg, "the divisor must be above 0");
        }
        let steps = (1..=1_000_000).contains(side_step_um);
        self.require(steps, at, "side_step_um", side_step_um, "must be from 1 to 1,000,000 micrometres");
        let steps = (1..=100_000_000_000).contains(weight_step_ug);
        self.require(steps, at, "weight_step_ug", weight_step_ug, "must be from 1 to 10^11 micrograms");
        for (when, _) in least {
            self.condition(at, "least_billable", when);
            let early = when.has(&|part| matches!(part, Condition::Over(Measure::Billable, _)));
            self.require(!early, at, "least_billable", "billable_g", "must not ask for the billable weight itself");
        }
        self.require(tariff.rounding.to >= 1, at, "round_to_cents", tariff.rounding.to, "must be at least 1");
        self.rate_table(at, &tariff.rates);
        if let Some(currency) = &tariff.currency {
            let known = self.parts.exchange.iter().any(|r| r.currency == *currency && r.from <= tariff.valid_from);
            let rule = "needs an exchange rate that holds on the first day of the tariff";
            self.require(known, at, "currency", currency, rule);
        }
        let sets = tariff.sets();
        self.require(sets.len() <= MOST_SETS, at, "sets", sets.len(), "a tariff may name at most 14 sets of charges");
        let groups: HashSet<&String> = tariff.surcharges.iter().filter_map(|rule| rule.group.as_ref()).collect();
        self.require(groups.len() <= MOST_GROUPS, at, "group", groups.len(), "a tariff may have at most 32 groups");
        let rules = tariff.surcharges.len() + least.len();
        self.require(rules <= MOST_RULES, at, "rules", rules, "a tariff may have at most 500 rules");
        for (n, rule) in tariff.surcharges.iter().enumerate() {
            self.surcharge(at, tariff, n, rule);
        }
    }

    fn rate_table(&mut self, at: (&'static str, usize), rates: &RateTable) {
        let width = columns(rates);
        let (rows, cells, ascending) = match rates {
            RateTable::Steps { limits, prices, further, .. } => {
                if let Some(further) = further {
                    self.require(
                        further.step > Grams::ZERO,
                        at,
                        "rates",
                        further.step,
                        "a further step must be above 0 g",
                    );
                    let cells = further.prices.len();
                    self.require(cells == width, at, "rates", cells, "needs one price a row and column");
                }
                (limits.len(), prices.len(), limits.is_sorted())
            }
            RateTable::PerUnit { classes, prices, .. } => (classes.len(), prices.len(), classes.is_sorted()),
        };
        self.require(rows > 0 && cells == rows * width, at, "rates", cells, "needs one price a row and column");
        self.require(ascending, at, "rates", rows, "weight limits must ascend");
    }

    fn surcharge(&mut self, at: (&'static str, usize), tariff: &Tariff, n: usize, rule: &Surcharge) {
        let field = rule.rule.as_str();
        self.condition(at, field, &rule.when);
        let bounds = rule.most.is_none_or(|most| most >= rule.least);
        self.require(bounds, at, field, rule.least, "the least amount must not be above the most");
        match &rule.charged {
            Charged::Fixed(_) => {}
            Charged::Table { rows, .. } => {
                let width = rows.first().map_or(0, |(_, cells)| cells.len());
                let fine = !rows.is_empty() && rows.is_sorted_by_key(|(limit, _)| *limit);
                self.require(fine, at, field, rows.len(), "needs weight steps that ascend");
                let shape = rows.iter().all(|(_, cells)| cells.len() == width)
                    && (width == 1 || width >= columns(&tariff.rates));
                self.require(shape, at, field, width, "needs one amount a step, or one a price column in each");
            }
            Charged::PerUnit { unit, .. } => {
                self.require(*unit > 0, at, field, unit, "a unit must be above 0");
            }
            Charged::Share { ppm, of } => {
                let fits = (0..=MOST_PPM).contains(ppm);
                self.require(fits, at, field, ppm / 10_000, "must be from 0 to 1,000 percent");
                if let ShareOf::Set(name) = of {
                    self.share_of(at, tariff, n, name);
                }
            }
        }
    }

    /// A share is of what stands before it: its set must be named, and no group of it may still change.
    fn share_of(&mut self, at: (&'static str, usize), tariff: &Tariff, n: usize, name: &String) {
        let rules = &tariff.surcharges;
        let field = rules[n].rule.as_str();
        self.require(tariff.sets().contains(&name.as_str()), at, field, name, "the set of charges must be named");
        let is_in = |rule: &Surcharge| name == "all" || rule.sets.contains(name);
        let own = name != "all" && rules[n].sets.contains(name);
        self.require(!own, at, field, name, "a share must not be in the set that it is taken of");
        let open = |group: &String| rules[n + 1..].iter().any(|rule| rule.group.as_ref() == Some(group));
        let before = rules[..n].iter().filter(|rule| is_in(rule)).filter_map(|rule| rule.group.as_ref());
        let settled = !before.into_iter().any(open)
            && rules[n]
                .group
                .as_ref()
                .is_none_or(|own| !rules[..n].iter().any(|rule| is_in(rule) && rule.group.as_ref() == Some(own)));
        let rule = "a share must stand after every rule of the groups in its set";
        self.require(settled, at, field, name, rule);
        let later = rules[n + 1..].iter().any(|rule| rule.sets.contains(name));
        self.require(!later, at, field, name, "a share must stand after every rule of its set");
    }

    fn condition(&mut self, at: (&'static str, usize), field: &str, when: &Condition) {
        let parts = self.parts;
        let size = std::cell::Cell::new(0);
        let looked_at = std::cell::RefCell::new(Vec::new());
        when.has(&|part| {
            size.set(size.get() + 1);
            match part {
                Condition::Area(name) => looked_at.borrow_mut().push(("area", parts.areas.contains_key(name))),
                Condition::Dates(first, last) => looked_at.borrow_mut().push(("dates", first <= last)),
                Condition::Columns(first, last) => looked_at.borrow_mut().push(("column", first <= last)),
                Condition::Service(services) => {
                    let known = services.iter().all(|&service| parts.services.get(service).is_some());
                    looked_at.borrow_mut().push(("service", known));
                }
                Condition::Postals(ranges) => {
                    let fine = |(first, last): &(String, String)| first.len() == last.len() && first <= last;
                    looked_at.borrow_mut().push(("postal", ranges.iter().all(fine)));
                }
                _ => {}
            }
            false
        });
        self.require(size.get() <= MOST_PARTS, at, field, size.get(), "a condition may have at most 100 parts");
        for (what, _) in looked_at.into_inner().into_iter().filter(|(_, fine)| !fine) {
            let rule = match what {
                "area" => "the list of postal areas must exist",
                "service" => "the services must exist",
                _ => "a range must go from the lower to the higher end, both of one length",
            };
            self.require(false, at, field, what, rule);
        }
    }
}

/// Price columns of a table.
fn columns(rates: &RateTable) -> usize {
    match rates {
        RateTable::Steps { columns, .. } => *columns,
        RateTable::PerUnit { minimum, .. } => minimum.len(),
    }
}
