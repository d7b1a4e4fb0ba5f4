#!/usr/bin/env python3
"""Remakes the demo network from its source set.

usage: build.py SOURCE_DIR OUT_DIR

SOURCE_DIR holds the files named in README.md (us_zips.csv, us_zip3.csv, warehouses.json, carriers.json, catalog.csv,
boxes.csv, stock.csv, orders.csv, order_lines.csv, holidays.csv). Standard library only; the same source gives the same
files. Imperial units become metric, floats become integers, and what the source lacks is invented here, plainly.
"""
import csv, json, math, sys
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

SRC, OUT = Path(sys.argv[1]), Path(sys.argv[2])
OUT.mkdir(parents=True, exist_ok=True)
LB, INCH, MILE = 453.59237, 25.4, 1609.344
# The order stream is a sample of the network's nameplate: work and transport are scaled to it.
FLOOR_SCALE, CARRIER_SCALE, SURGE, WORK_PER_ORDER = 25, 20, 1.6, 3.8


def read(name):
    with open(SRC / name, newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f))


def write(name, header, rows):
    with open(OUT / name, "w", newline="", encoding="utf-8") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(header)
        out.writerows(rows)


def grams_up(lb):
    return math.ceil(float(lb) * LB - 1e-9)


def grams(lb):
    return max(1, round(float(lb) * LB))


def mm(inches):
    return max(1, round(float(inches) * INCH))


def cents(dollars):
    return round(float(dollars) * 100)


def metres(a, b):
    la, lo, lb_, lp = map(math.radians, (a[0], a[1], b[0], b[1]))
    h = math.sin((lb_ - la) / 2) ** 2 + math.cos(la) * math.cos(lb_) * math.sin((lp - lo) / 2) ** 2
    return 2 * 6371008.8 * math.asin(math.sqrt(h))


# ---------------------------------------------------------------- places
zones_known = available_timezones()
postals, at = [], {}
for r in read("us_zips.csv"):
    if r["tz"] not in zones_known:
        continue
    people, area = int(r["population"] or 0), ""
    if r["state"] in ("AK", "HI") or 0 < people < 800:
        area = "extended_area"
    elif 800 <= people < 2500:
        area = "delivery_area"
    at[r["zip"]] = (float(r["lat"]), float(r["lon"]), r["tz"])
    postals.append((r["zip"], r["lat"], r["lon"], r["state"], r["city"], people, r["tz"], area))
write("postals.csv", ["postal_code", "lat", "lon", "state", "city", "population", "time_zone", "area"], postals)
used = {p[0][:3] for p in postals}
regions = [r for r in read("us_zip3.csv") if r["zip3"] in used]
write("regions.csv", ["region", "lat", "lon"], [(r["zip3"], r["lat"], r["lon"]) for r in regions])
# A distance belongs to a band after 20 miles are taken off; the two nearest bands pay the same column.
limits = [round((b + 20) * MILE) for b in (50, 150, 300, 600, 1000, 1400, 1800)]
write("zones.csv", ["upper_limit_m", "column"], list(zip(limits, (1, 1, 2, 3, 4, 5, 6))) + [("", 7)])
# Parcel networks work on the other federal holidays.
closed = ("New Year's Day", "Memorial Day", "Independence Day", "Labor Day", "Thanksgiving Day", "Christmas Day")
write("holidays.csv", ["date", "name"], [(r["date"], r["name"]) for r in read("holidays.csv") if r["country"] == "US" and r["kind"] == "off" and r["name"] in closed])

# ---------------------------------------------------------------- merchants and goods
MERCHANTS = [("loomlark", "Loomlark (fashion and beauty)"), ("brightbay", "Brightbay (books, toys, electronics)"), ("hearthside", "Hearthside (home, sports, pets)")]
write("merchants.csv", ["merchant", "name", "return_days", "returns_to"],
      [(m, n, 7, "source" if m == "loomlark" else "cheapest") for m, n in MERCHANTS])
CATEGORY = {  # owner, return rate, share of returned units that can be sold again (basis points)
    "apparel": ("loomlark", 2400, 9000), "shoes": ("loomlark", 2200, 8800), "beauty": ("loomlark", 500, 3500),
    "books": ("brightbay", 300, 9500), "toys": ("brightbay", 700, 8000), "electronics": ("brightbay", 900, 7000),
    "kitchen": ("hearthside", 800, 7500), "home": ("hearthside", 900, 7500), "sports": ("hearthside", 1000, 8000),
    "pet": ("hearthside", 400, 6000), "furniture": ("hearthside", 1200, 5500)}
write("categories.csv", ["category", "return_rate_bp", "restock_bp"], [(c, v[1], v[2]) for c, v in CATEGORY.items()])
catalog = read("catalog.csv")
owner = {r["sku"]: CATEGORY[r["category"]][0] for r in catalog}
write("skus.csv", ["sku", "merchant", "category", "length_mm", "width_mm", "height_mm", "weight_g", "price_cents", "fragile", "hazmat", "ships_alone"],
      [(r["sku"], owner[r["sku"]], r["category"], mm(r["len_in"]), mm(r["wid_in"]), mm(r["hei_in"]), grams(r["weight_lb"]), cents(r["price_usd"]),
        r["fragile"], r["hazmat_lithium"], r["ships_alone"]) for r in catalog])
cartons = []
for r in read("boxes.csv"):
    inner = [math.floor(float(r[k]) * INCH) for k in ("len_in", "wid_in", "hei_in")]
    board = 1 if r["box"].startswith("MAILER") else 3
    cartons.append((r["box"], *inner, *(e + 2 * board for e in inner), grams(r["tare_lb"]), grams(r["max_lb"]), cents(r["cost_usd"])))
cartons.sort(key=lambda c: c[1] * c[2] * c[3])
write("cartons.csv", ["carton", "inner_length_mm", "inner_width_mm", "inner_height_mm", "outer_length_mm", "outer_width_mm", "outer_height_mm", "tare_g", "max_gross_g", "cost_cents"], cartons)

# ---------------------------------------------------------------- warehouses
sites = json.loads((SRC / "warehouses.json").read_text())["warehouses"]
nominal = sum(s["daily_orders"] for s in sites)
warehouses, waves = [], []
for s in sites:
    work = math.ceil(s["daily_orders"] * SURGE / FLOOR_SCALE * WORK_PER_ORDER / 3)
    warehouses.append((s["id"], s["name"], s["zip"], s["open_days"], cents(s["cost_per_order"]), cents(s["cost_per_line"]), 2, 1,
                       max(2, math.ceil(work / 160)), 12, 180, 12, 40, s["aisles"], s["bays_per_aisle"], 3500, 1200, 1500, 1000))
    waves += [(s["id"], t, 240, work) for t in ("04:00", "10:00", "16:00")]
write("warehouses.csv", ["warehouse", "name", "postal_code", "open_days", "per_shipment_cents", "per_unit_cents", "work_per_shipment", "work_per_unit", "pickers",
                         "seconds_per_unit", "seconds_per_walk", "cart_shipments", "cart_units", "aisles", "bays", "aisle_pitch_mm", "bay_pitch_mm", "entry_mm", "walk_mm_per_s"], warehouses)
write("waves.csv", ["warehouse", "cut_off", "lead_min", "work_capacity"], waves)
write("stock.csv", ["merchant", "sku", "warehouse", "on_hand"], [(owner[r["sku"]], r["sku"], r["warehouse"], r["on_hand"]) for r in read("stock.csv")])

# ---------------------------------------------------------------- carriers
COMPANY = {"plains-ground": "plainsline", "plains-2day": "plainsline", "plains-next": "plainsline", "post-saver": "postbridge", "coastal": "coastal", "noreast": "noreaster", "heartland-ltl": "heartland"}
LEVEL = {"plains-2day": "two_day", "plains-next": "overnight"}
ON_TIME = {"plains-ground": 9700, "plains-2day": 9850, "plains-next": 9900, "post-saver": 9500, "coastal": 9750, "noreast": 9750, "heartland-ltl": 9300}
NAMES = {"plainsline": "Plainsline", "postbridge": "Postbridge", "coastal": "Coastal Courier", "noreaster": "Noreaster Parcel", "heartland": "Heartland Freight", "tidewater-vans": "Tidewater Vans"}
source = json.loads((SRC / "carriers.json").read_text())["carriers"]
write("carriers.csv", ["carrier", "name"], list(NAMES.items()))
services, tariffs, rates, surcharges, coverage, pickups = [], [], [], [], [], []
YEARS = (2025, 2026)


def season(window):
    a, b = window["from"], window["to"]
    return [f"dates={y}-{a}..{y + (b < a)}-{b}" for y in YEARS]


def rule(tariff, name, label, conditions, amount, group="", fuelled=0, kind="", least=""):
    surcharges.append((tariff, name, label, "; ".join(conditions), amount, group, fuelled, kind, least))


HANDLING = {"longest": f"longest_mm>{mm(48)}", "second": f"second_mm>{mm(30)}", "weight": f"weight_g>{grams_up(50)}"}
for c in source:
    sid, tariff = c["id"], c["id"] + "-2025"
    freight = c["kind"] == "ltl"
    reach = "regions" if "serves_zip3" in c else "everywhere"
    # The source's list of the Pacific courier takes in islands that no truck reaches (Hawaii 967-968, Guam 969).
    serves = [z for z in c.get("serves_zip3", []) if z in used and not "967" <= z <= "969"]
    coverage += [(sid, z) for z in serves]
    girth = mm(c["max_girth_in"]) if "max_girth_in" in c else ""
    services.append((sid, COMPANY[sid], c["name"], LEVEL.get(sid, "standard"), {"parcel": "parcel", "post": "post", "regional": "parcel", "ltl": "freight"}[c["kind"]], tariff,
                     int(sid in LEVEL), grams_up(c["max_lb"]), girth, reach, " ".join(map(str, c["days_by_zone"])), c["work_days"], c["delivery_days"], "20:00" if not freight else "17:00",
                     round(c["daily_capacity"] / CARRIER_SCALE), ON_TIME[sid]))
    dim = round(c["dim_divisor"] * INCH ** 3 / (LB / 1000)) if c["dim_divisor"] else ""
    above = round(c["dim_applies_over_cuin"] * INCH ** 3) if "dim_applies_over_cuin" in c else ""
    tariffs.append((tariff, "2025-01-01", dim, above, 0, round(c["fuel_pct"] * 100)))
    if freight:
        per = c["rate_per_cwt"]
        rates.append((tariff, "minimum", 0, *(cents(v) for v in per["min_charge"])))
        for n, k in enumerate(sorted((k for k in per if k != "min_charge"), key=int)):
            rates.append((tariff, "hundredweight_from", 0 if n == 0 else math.floor(float(k) * LB), *(cents(v) for v in per[k])))
    else:
        for k in sorted(c["rates"], key=float):
            rates.append((tariff, "up_to", grams_up(k), *(cents(v) for v in c["rates"][k])))
    s = c["surcharges"]
    oversize = {"longest": f"longest_mm>{mm(96)}", "girth": f"girth_mm>{mm(min(130, c.get('max_girth_in', 0) - 25))}"}
    parcel_fuel = int(not freight)
    if s.get("residential"):
        rule(tariff, "residential", "Residential delivery", ["residential"], cents(s["residential"]), "", parcel_fuel)
    if s.get("delivery_area"):
        rule(tariff, "delivery_area", "Delivery area", ["area=delivery_area"], cents(s["delivery_area"]), "area", parcel_fuel)
        rule(tariff, "extended_area", "Extended delivery area", ["area=extended_area"], cents(s.get("extended_area", s["delivery_area"])), "area", parcel_fuel)
    if s.get("additional_handling"):
        for why, condition in HANDLING.items():
            rule(tariff, f"additional_handling.{why}", "Additional handling", [condition], cents(s["additional_handling"]), "size", parcel_fuel)
    if s.get("oversize"):
        for why, condition in oversize.items():
            rule(tariff, f"oversize.{why}", "Oversize", [condition], cents(s["oversize"]), "size", parcel_fuel)
    if s.get("nonstandard_length_over_22in"):
        rule(tariff, "nonstandard.22in", "Nonstandard length", [f"longest_mm>{mm(22)}"], cents(s["nonstandard_length_over_22in"]), "length")
        rule(tariff, "nonstandard.30in", "Nonstandard length", [f"longest_mm>{mm(30)}"], cents(s["nonstandard_length_over_30in"]), "length")
        rule(tariff, "nonstandard.cubic", "Nonstandard volume", [f"volume_mm3>{round(2 * 1728 * INCH ** 3)}"], cents(s["cubic_over_2ft"]))
    for window in c["peak"]:
        for days in season(window):
            year = days[6:10]
            if window.get("residential"):
                rule(tariff, f"peak.residential.{year}", "Peak, residential", ["residential", days], cents(window["residential"]))
            if window.get("oversize"):
                for why, condition in oversize.items():
                    rule(tariff, f"peak.oversize.{why}.{year}", "Peak, oversize", [condition, days], cents(window["oversize"]), "peak_size")
            if window.get("additional_handling"):
                for why, condition in HANDLING.items():
                    rule(tariff, f"peak.handling.{why}.{year}", "Peak, additional handling", [condition, days], cents(window["additional_handling"]), "peak_size")
            if window.get("per_parcel"):
                rule(tariff, f"peak.parcel.{year}", "Peak", [days], cents(window["per_parcel"]))
            if window.get("base_by_lb"):
                steps = " ".join(f"{grams_up(k)}:{cents(v)}" for k, v in sorted(window["base_by_lb"].items(), key=lambda kv: float(kv[0])))
                rule(tariff, f"peak.base.{year}", "Peak", [days], steps)
    near = set(serves)
    for site in sites:
        if near and site["zip"][:3] not in near:
            continue
        share = site["daily_orders"] / sum(x["daily_orders"] for x in sites if not near or x["zip"][:3] in near)
        times = [c["pickup_cutoff_local"]] + ([] if freight else ["20:30"])
        for t in times:
            pickups.append((site["id"], sid, t, max(2, math.ceil(c["daily_capacity"] / CARRIER_SCALE * share / len(times)))))

# Own vans: everything about them is invented.
tariffs.append(("metro-2025", "2025-01-01", "", "", 0, 0))
for weight, price in ((2300, 520), (4600, 620), (10000, 820), (25000, 1250)):
    rates.append(("metro-2025", "up_to", weight, *[price] * 7))
FLEETS = [("metro-la", "ONT", "Half-day Los Angeles", 12), ("metro-nyc", "EWR", "Half-day New York", 10)]
for sid, site, name, vans in FLEETS:
    services.append((sid, "tidewater-vans", name, "half_day", "own_fleet", "metro-2025", 0, 25000, mm(108), "fleet", "0 0 0 0 0 0 0", "1234567", "1234567", "21:00", vans * 60 * 3, 9950))
write("fleets.csv", ["service", "warehouse", "radius_m", "vans", "van_parcels", "van_weight_g", "trips", "reload_min", "shift_start", "shift_end", "window_min", "stop_s",
                     "metres_per_hour", "circuity_percent", "per_km_cents", "per_van_day_cents"],
      [(sid, site, 60000, vans, 60, 900000, 3, 30, "08:30", "21:00", 240, 180, 32000, 130, 55, 9000) for sid, site, _, vans in FLEETS])
write("services.csv", ["service", "carrier", "name", "level", "kind", "tariff", "air", "max_weight_g", "max_girth_mm", "coverage", "days_by_column", "work_days", "delivery_days",
                       "delivers_until", "daily_capacity", "on_time_bp"], services)
write("coverage.csv", ["service", "region"], coverage)
write("tariffs.csv", ["tariff", "valid_from", "dim_mm3_per_kg", "dim_above_mm3", "minimum_cents", "fuel_bp"], tariffs)
write("rates.csv", ["tariff", "row", "weight_g"] + [f"column_{n}_cents" for n in range(1, 8)], rates)
# What carriers ask for insured goods and for cash at the door is invented too. Who has no such rule does neither.
INSURANCE = {"plains-ground": (105, 345), "plains-2day": (105, 345), "plains-next": (105, 345), "post-saver": (90, 270), "coastal": (100, 300), "noreast": (100, 300)}
for sid, (each, least) in INSURANCE.items():
    rule(sid + "-2025", "insurance", "Insurance", ["insured"], f"{each} per 10000 cents", kind="insurance", least=least)
for sid, amount in {"plains-ground": 1900, "plains-2day": 1900, "post-saver": 1095, "metro": 300}.items():
    rule(sid + "-2025", "cash_on_delivery", "Cash on delivery", ["cash_on_delivery"], amount, kind="cash_on_delivery")
write("surcharges.csv", ["tariff", "rule", "label", "conditions", "amount_cents", "group", "fuelled", "class", "least_cents"], surcharges)
# A peak surcharge by volume, in the week of the event day: what two carriers ask for each parcel of a day beyond so many. The steps bind on the event day.
VOLUME = [("postbridge", "", 1350, 90), ("postbridge", "", 1600, 225), ("plainsline", "plains-ground", 350, 135), ("plainsline", "plains-ground", 450, 320)]
write("volume_tiers.csv", ["carrier", "service", "first_day", "last_day", "from_parcels", "surcharge_cents"],
      [(carrier, service, "2025-11-10", "2025-11-15", parcels, cents) for carrier, service, parcels, cents in VOLUME])
write("pickups.csv", ["warehouse", "service", "at", "capacity"], pickups)
# What carriers take a day beside their collections' room: invented, near what the event day asks; none binds on the event day.
PEAK = ("2025-11-01", "2025-12-24")
write("allotments.csv", ["allotment", "carrier", "service", "warehouses", "regions", "states", "first_day", "last_day", "parcels"], [
    ("plainsline-peak", "plainsline", "", "", "", "", *PEAK, 1200),
    ("post-saver-day", "", "post-saver", "", "", "", "", "", 2000),
    ("post-saver-texas", "", "post-saver", "", "", "TX", *PEAK, 165),
    ("post-saver-florida", "", "post-saver", "", "", "FL", *PEAK, 140),
    ("coastal-california", "", "coastal", "ONT PHX RNO", "", "CA", *PEAK, 160),
    ("noreast-new-england", "", "noreast", "ABE EWR", "", "CT MA ME NH RI VT", *PEAK, 90)])

# ---------------------------------------------------------------- hubs and line-haul: invented places on real postal codes
METRO = {"EWR": "07114", "BOS": "02128", "PHL": "19153", "BWI": "21230", "ATL": "30337", "MIA": "33166", "CHI": "60638", "IND": "46241", "MEM": "38118", "DFW": "75261", "MKC": "64153",
         "MSP": "55450", "DEN": "80239", "PHX": "85034", "LAS": "89119", "ONT": "91761", "OAK": "94621", "SEA": "98188"}
METRO = {k: z if z in at else min(at, key=lambda p: (p[:3] != z[:3], abs(int(p) - int(z)))) for k, z in METRO.items()}
HUBS = {"plainsline": "EWR BOS ATL MIA CHI IND MEM DFW MKC MSP DEN PHX ONT SEA", "postbridge": "EWR BOS BWI ATL MIA CHI MEM DFW MSP DEN PHX ONT OAK SEA", "coastal": "ONT OAK PHX LAS SEA",
        "noreaster": "EWR BOS PHL BWI", "heartland": "EWR ATL CHI MEM DFW DEN ONT SEA"}
SORT = {"plainsline": (30, "10:00"), "postbridge": (120, "08:00"), "coastal": (60, "09:00"), "noreaster": (60, "09:00"), "heartland": (180, "08:00")}
hubs, lanes = [], []
for carrier, codes in HUBS.items():
    codes = codes.split()
    hubs += [(f"{carrier}-{k}", carrier, METRO[k], *SORT[carrier]) for k in codes]
    for a in codes:
        for b in codes:
            if a != b:
                road = 1.2 * metres(at[METRO[a]], at[METRO[b]])
                lanes.append((f"{carrier}-{a}", f"{carrier}-{b}", 0, "05:00 14:00 23:00", "1234567" if carrier != "heartland" else "12345", math.ceil(road / 80000 * 60)))
for k in HUBS["plainsline"].split():
    if k != "MEM":
        fly = math.ceil(metres(at[METRO[k]], at[METRO["MEM"]]) / 750000 * 60) + 40
        # From the Pacific planes leave so early that they reach the sort in Memphis, and the vans in the East, in time.
        leaves = {"ONT": "21:45", "SEA": "21:45", "DEN": "22:15", "PHX": "22:15"}.get(k, "23:45")
        lanes.append((f"plainsline-{k}", "plainsline-MEM", 1, leaves, "1234567", fly))
        lanes.append(("plainsline-MEM", f"plainsline-{k}", 1, "05:00 15:00", "1234567", fly))
write("hubs.csv", ["hub", "carrier", "postal_code", "sort_min", "out_for_delivery"], hubs)
write("lanes.csv", ["from", "to", "air", "departures", "days", "duration_min"], lanes)

# ---------------------------------------------------------------- orders
rank = {r["sku"]: int(r["popularity_ppm"]) for r in catalog}
shelf = defaultdict(list)
for r in catalog:
    shelf[owner[r["sku"]]].append(r["sku"])
lines, replaced = defaultdict(Counter), 0
for r in read("order_lines.csv"):
    lines[int(r["order"])][r["sku"]] += int(r["qty"])
stand_in, orders, order_lines = {}, [], []
for r in read("orders.csv"):
    if r["dest_zip"] not in at:
        continue
    n = int(r["order"])
    skus = sorted(lines[n])
    merchant = owner[skus[0]]
    basket = Counter()
    for sku in skus:
        own = sku
        if owner[sku] != merchant:
            # A basket is of one shop: another shop's article becomes the own one nearest in popularity.
            if (sku, merchant) not in stand_in:
                stand_in[sku, merchant] = min(shelf[merchant], key=lambda s: (abs(rank[s] - rank[sku]), s))
            own = stand_in[sku, merchant]
            replaced += 1
        basket[own] += lines[n][sku]
    local = datetime.fromisoformat(r["placed_at_local"])
    placed = local.replace(tzinfo=ZoneInfo(at[r["dest_zip"]][2]))
    level = {"standard": "standard", "2day": "two_day", "overnight": "overnight"}[r["service"]]
    orders.append((int(placed.timestamp()), f"{n:05d}", local.date().isoformat(), merchant, r["dest_zip"], r["residential"], level))
    order_lines += [(f"{n:05d}", sku, qty) for sku, qty in sorted(basket.items())]
orders.sort()
utc = lambda t: datetime.fromtimestamp(t, ZoneInfo("UTC")).strftime("%Y-%m-%dT%H:%M:%SZ")
write("orders.csv", ["order", "placed_at", "local_date", "merchant", "postal_code", "residential", "level"], [(o[1], utc(o[0]), *o[2:]) for o in orders])
write("order_lines.csv", ["order", "sku", "quantity"], order_lines)
days = Counter(o[2] for o in orders)
print("orders", len(orders), "lines", len(order_lines), "replaced lines", replaced, "event day", days["2025-11-11"], "postals", len(postals), "regions", len(regions))
