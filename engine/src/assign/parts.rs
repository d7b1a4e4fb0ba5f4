//! Groups the lines of long orders into few parts.

use super::problem::MAX_PARTS;

/// The part of each line, given per line the ascending warehouses that hold enough of it.
///
/// Up to [`MAX_PARTS`] lines are a part each. Of longer orders, lines that nobody holds share the last part; the rest gather
/// around the most different of the scarce lines: each joins the part whose common warehouses it reduces least.
pub(super) fn group(holders: &[Vec<u16>]) -> Vec<u8> {
    if holders.len() <= MAX_PARTS {
        return (0..holders.len()).map(|line| line as u8).collect();
    }
    let orphans = holders.iter().any(Vec::is_empty);
    let limit = if orphans { MAX_PARTS - 1 } else { MAX_PARTS };
    let mut common: Vec<Vec<u16>> = Vec::with_capacity(MAX_PARTS);
    let mut part = vec![0; holders.len()];
    let mut by_scarcity: Vec<usize> = (0..holders.len()).filter(|&line| !holders[line].is_empty()).collect();
    by_scarcity.sort_by_key(|&line| (holders[line].len(), line));
    for line in by_scarcity {
        let joined = best_part(&common, &holders[line]);
        let fits_well = joined.is_some_and(|(p, kept)| kept == common[p].len() && kept == holders[line].len());
        part[line] = match joined {
            Some((p, _)) if fits_well || common.len() == limit => {
                common[p] = intersection(&common[p], &holders[line]);
                p as u8
            }
            _ => {
                common.push(holders[line].clone());
                (common.len() - 1) as u8
            }
        };
    }
    for line in (0..holders.len()).filter(|&line| holders[line].is_empty()) {
        part[line] = common.len() as u8;
    }
    part
}

/// The part that keeps most common warehouses when a line with these holders joins, and how many; ties to the first.
fn best_part(common: &[Vec<u16>], holders: &[u16]) -> Option<(usize, usize)> {
    let kept = common.iter().map(|c| intersection(c, holders).len());
    kept.enumerate().max_by_key(|&(p, kept)| (kept, std::cmp::Reverse(p)))
}

fn intersection(a: &[u16], b: &[u16]) -> Vec<u16> {
    a.iter().copied().filter(|w| b.binary_search(w).is_ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_orders_keep_their_lines_apart() {
        assert_eq!(group(&[vec![0], vec![0], vec![]]), [0, 1, 2]);
    }

    #[test]
    fn long_orders_gather_lines_of_the_same_warehouses() {
        let mut holders = vec![vec![1, 2]; 5];
        holders.extend(vec![vec![3]; 4]);
        holders.push(vec![]);
        let part = group(&holders);
        assert!(part[..5].iter().all(|&p| p == part[0]), "{part:?}");
        assert!(part[5..9].iter().all(|&p| p == part[5] && p != part[0]), "{part:?}");
        assert!(part[9] != part[0] && part[9] != part[5]);
    }
}
