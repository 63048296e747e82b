//! Keeps labels apart: thins out the ones under the axis, spreads the ones at the lines' ends.

/// Steps at which labels are kept, so that quarters and months keep their rhythm.
pub(crate) const STEPS: [usize; 11] = [1, 2, 4, 8, 12, 16, 20, 24, 28, 32, 36];

/// A label's place along the axis.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub centre: f64,
    pub width: f64,
}

impl Slot {
    /// Moved just far enough to lie between `low` and `high`.
    pub(crate) fn within(self, low: f64, high: f64) -> Self {
        let half = self.width / 2.0;
        Self { centre: self.centre.min(high - half).max(low + half), ..self }
    }

    fn clears(&self, next: &Self, gap: f64) -> bool {
        next.centre - next.width / 2.0 - (self.centre + self.width / 2.0) >= gap
    }
}

/// Which of the labels to show so that none is nearer than `gap` to its neighbour. The last is always kept,
/// the others at an even step back from it.
pub(crate) fn thin(slots: &[Slot], gap: f64) -> Vec<usize> {
    let count = slots.len();
    for step in STEPS {
        let mut kept: Vec<usize> = (0..count).rev().step_by(step).collect();
        kept.reverse();
        if kept.windows(2).all(|pair| slots[pair[0]].clears(&slots[pair[1]], gap)) {
            return kept;
        }
    }
    count.checked_sub(1).into_iter().collect()
}

/// Places for labels that want to stand at `wanted`, none nearer than `apart`, each moved as little as
/// possible, order kept (equal wishes: in the order given), all within `low` to `high` where there is room.
pub(crate) fn spread(wanted: &[f64], apart: f64, low: f64, high: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|a, b| wanted[*a].total_cmp(&wanted[*b]));
    // Groups of labels that touch: (sum of wishes less the offset inside the group, count).
    let mut groups: Vec<(f64, usize)> = Vec::new();
    for index in &order {
        groups.push((wanted[*index], 1));
        while let [.., (first_sum, first_count), (sum, count)] = groups[..] {
            let bottom = first_sum / first_count as f64 + apart * (first_count as f64 - 1.0) / 2.0;
            let top = sum / count as f64 - apart * (count as f64 - 1.0) / 2.0;
            if top - bottom >= apart - 1e-9 {
                break;
            }
            groups.truncate(groups.len() - 2);
            groups.push((first_sum + sum, first_count + count));
        }
    }
    let mut places = vec![0.0; wanted.len()];
    let mut next = order.iter();
    for (sum, count) in groups {
        let half = apart * (count as f64 - 1.0) / 2.0;
        let middle = (sum / count as f64).min(high - half).max(low + half);
        for step in 0..count {
            let index = next.next().expect("the groups hold every label once");
            places[*index] = middle - half + apart * step as f64;
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(count: usize, step: f64, width: f64) -> Vec<Slot> {
        (0..count).map(|i| Slot { centre: step * i as f64, width }).collect()
    }

    #[test]
    fn labels_that_fit_are_all_kept() {
        assert_eq!(thin(&row(4, 50.0, 40.0), 4.0), vec![0, 1, 2, 3]);
        assert!(thin(&[], 4.0).is_empty());
    }

    #[test]
    fn crowded_labels_are_thinned_from_the_last_and_never_overlap() {
        for count in 1..=40 {
            let slots = row(count, 290.0 / count as f64, 42.0);
            let kept = thin(&slots, 6.0);
            assert_eq!(kept.last(), Some(&(count - 1)));
            for pair in kept.windows(2) {
                assert!(slots[pair[1]].centre - slots[pair[0]].centre >= 48.0);
            }
        }
        assert_eq!(thin(&row(8, 40.0, 42.0), 4.0), vec![1, 3, 5, 7]);
    }

    #[test]
    fn two_near_labels_move_apart_from_their_middle() {
        assert_eq!(spread(&[100.0, 104.0], 16.0, 0.0, 500.0), vec![94.0, 110.0]);
        assert_eq!(spread(&[104.0, 100.0], 16.0, 0.0, 500.0), vec![110.0, 94.0]);
        assert_eq!(spread(&[100.0, 100.0], 16.0, 0.0, 500.0), vec![92.0, 108.0]);
        assert_eq!(spread(&[100.0, 200.0], 16.0, 0.0, 500.0), vec![100.0, 200.0]);
    }

    #[test]
    fn four_labels_keep_their_distance_and_stay_inside() {
        let places = spread(&[10.0, 11.0, 12.0, 40.0], 16.0, 6.0, 200.0);
        let mut sorted = places.clone();
        sorted.sort_by(f64::total_cmp);
        assert_eq!(places, sorted);
        assert!(sorted.windows(2).all(|pair| pair[1] - pair[0] >= 16.0 - 1e-9));
        assert!(sorted[0] >= 6.0);
    }
}
