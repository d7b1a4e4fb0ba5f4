//! A first partition into batches: grow each around the aisles it already visits.

use super::problem::{Order, Problem};

/// Batches of orders; an aisle is a word of places. Each starts with the order of the most aisles left; the one that adds the fewest aisles, then the most
/// shared ones, joins while the cart has room. Ties break by index.
pub(super) fn greedy(problem: &Problem) -> Vec<Vec<u32>> {
    let aisles: Vec<u128> = problem.orders.iter().map(aisle_set).collect();
    let mut left: Vec<u32> = (0..problem.orders.len() as u32).collect();
    left.sort_by_key(|&n| (std::cmp::Reverse(aisles[n as usize].count_ones()), n));
    let mut batches = Vec::new();
    while !left.is_empty() {
        let first = left.remove(0);
        let mut batch = vec![first];
        let mut visited = aisles[first as usize];
        let mut load = problem.orders[first as usize].load;
        loop {
            let fits = |n: u32| (0..2).all(|k| load[k] + problem.orders[n as usize].load[k] <= problem.capacity[k]);
            let best = left.iter().enumerate().filter(|(_, n)| fits(**n)).min_by_key(|(_, n)| {
                let own = aisles[**n as usize];
                ((own & !visited).count_ones(), std::cmp::Reverse((own & visited).count_ones()), **n)
            });
            let Some((place, &n)) = best else { break };
            left.remove(place);
            visited |= aisles[n as usize];
            (0..2).for_each(|k| load[k] += problem.orders[n as usize].load[k]);
            batch.push(n);
        }
        batches.push(batch);
    }
    batches
}

/// The aisles of an order as bits; floors beyond 128 aisles share bits, which only blunts the choice.
fn aisle_set(order: &Order) -> u128 {
    order.stops.iter().fold(0, |set, (aisle, _)| set | 1 << (aisle % 128))
}
