//! The SBPO 2025 format of wave selection: `orders items aisles`, then a line `n (item units)*` for each order and each aisle,
//! then the least and the most units of the wave.

use engine::fault::Fault;
use engine::picking::SelectionProblem;

/// Reads an instance; every fault at once.
pub(super) fn read(name: &str, text: &str) -> Result<SelectionProblem, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let mut next = |least: usize| -> Option<(usize, Vec<i64>)> {
        let Some((n, line)) = lines.next() else {
            faults.push(Fault::new(name, "lines", "", "the file ends too early"));
            return None;
        };
        let at = format!("{name}:{}", n + 1);
        let numbers: Result<Vec<i64>, _> = line.split_whitespace().map(str::parse).collect();
        match numbers {
            Ok(numbers) if numbers.len() >= least && numbers.iter().all(|k| *k >= 0) => Some((n + 1, numbers)),
            _ => {
                faults.push(Fault::new(at, "", line, format!("must be at least {least} whole numbers of 0 or more")));
                Some((n + 1, Vec::new()))
            }
        }
    };
    let head = next(3).map(|(_, head)| head).filter(|head| head.len() >= 3);
    let Some(&[orders, items, aisles, ..]) = head.as_deref() else { return Err(faults) };
    let mut contents = Vec::new();
    for _ in 0..orders.saturating_add(aisles) {
        let Some(row) = next(1) else { return Err(faults) };
        contents.push(row);
    }
    let limits = next(2).map(|(_, limits)| limits).unwrap_or_default();
    let mut read = Vec::with_capacity(contents.len());
    for (line, row) in contents {
        let (count, pairs) = row.split_first().map_or((0, &[][..]), |(count, pairs)| (*count, pairs));
        let at = format!("{name}:{line}");
        if pairs.len() as i64 != count.saturating_mul(2) {
            faults.push(Fault::new(&at, "items", pairs.len() / 2, format!("must be {count} pairs of item and units")));
        }
        if let Some(pair) = pairs.chunks(2).find(|pair| pair[0] >= items) {
            faults.push(Fault::new(&at, "item", pair[0], format!("must be below {items}")));
        }
        read.push(pairs.chunks_exact(2).map(|pair| (pair[0] as u32, pair[1])).collect::<Vec<_>>());
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let aisles = read.split_off(orders as usize);
    SelectionProblem::new(read, aisles, limits[0], limits[1])
        .map_err(|faults| faults.into_iter().map(|f| Fault { at: format!("{name}: {}", f.at), ..f }).collect())
}
