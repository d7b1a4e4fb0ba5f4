//! When each batch is walked, and by whom: the batch due first goes to the picker who is free first (Jackson 1955).

use super::problem::Crew;

/// A batch on the crew's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Job {
    pub duration: i64,
    pub due: Option<i64>,
}

/// Start and picker of each job, and the sum of the times by which due times are missed.
pub(super) fn schedule(jobs: &[Job], crew: &Crew) -> (Vec<(i64, u32)>, i64) {
    let mut order: Vec<usize> = (0..jobs.len()).collect();
    order.sort_by_key(|&n| (jobs[n].due.unwrap_or(i64::MAX), n));
    let mut free = vec![0_i64; (crew.pickers as usize).min(jobs.len()).max(1)];
    let mut slots = vec![(0, 0); jobs.len()];
    let mut late = 0;
    for n in order {
        let picker = (0..free.len()).min_by_key(|&p| (free[p], p)).unwrap_or(0);
        slots[n] = (free[picker], picker as u32);
        free[picker] += jobs[n].duration;
        late += jobs[n].due.map_or(0, |due| (free[picker] - due).max(0));
    }
    (slots, late)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_urgent_goes_first_to_whoever_is_free() {
        let job = |duration, due| Job { duration, due };
        let jobs = [job(5, None), job(4, Some(9)), job(3, Some(3)), job(6, Some(8))];
        // Two pickers: 3 due 3 on the first, 6 due 8 on the second, 4 due 9 at 3 on the first, the rest at 6 on the second.
        let (slots, late) = schedule(&jobs, &Crew { pickers: 2, ..Crew::DISTANCE });
        assert_eq!((slots, late), (vec![(6, 1), (3, 0), (0, 0), (0, 1)], 0));
        // One picker: ends at 3, 9 and 13 for 3, 8 and 9.
        assert_eq!(schedule(&jobs, &Crew::DISTANCE).1, 1 + 4);
    }
}
