//! What a histogram knows about its measurements.

/// Measurements counted in buckets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Distribution {
    /// How many measurements.
    pub count: u64,
    /// Their sum, where it is known.
    pub sum: Option<f64>,
    /// The smallest, where it is known.
    pub min: Option<f64>,
    /// The largest, where it is known.
    pub max: Option<f64>,
    /// From the lowest to the highest; empty ones may be left out.
    pub buckets: Vec<Bucket>,
}

/// How many measurements were above `low` and not above `high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// Excluded bound; may be infinite.
    pub low: f64,
    /// Included bound; may be infinite.
    pub high: f64,
    /// How many.
    pub count: u64,
}

impl Distribution {
    /// Buckets between explicit bounds; there is one more count than bounds.
    #[must_use]
    pub fn explicit(bounds: &[f64], counts: &[u64]) -> Vec<Bucket> {
        let lows = std::iter::once(f64::NEG_INFINITY).chain(bounds.iter().copied());
        let highs = bounds.iter().copied().chain(std::iter::once(f64::INFINITY));
        let buckets = lows
            .zip(highs)
            .zip(counts)
            .map(|((low, high), &count)| Bucket { low, high, count });
        buckets.filter(|bucket| bucket.count > 0).collect()
    }

    /// Buckets of an exponential histogram, each side given by its offset and counts.
    #[must_use]
    pub fn exponential(
        scale: i32,
        zero: (f64, u64),
        negative: (i32, &[u64]),
        positive: (i32, &[u64]),
    ) -> Vec<Bucket> {
        let bound = |index: i64| (index as f64 * (-f64::from(scale)).exp2()).exp2();
        let side = |(offset, counts): (i32, &[u64])| -> Vec<Bucket> {
            (i64::from(offset)..)
                .zip(counts)
                .filter(|(_, count)| **count > 0)
                .map(|(index, &count)| Bucket {
                    low: bound(index),
                    high: bound(index + 1),
                    count,
                })
                .collect()
        };
        let mut buckets = side(negative);
        buckets.reverse();
        for bucket in &mut buckets {
            (bucket.low, bucket.high) = (-bucket.high, -bucket.low);
        }
        let (threshold, count) = zero;
        buckets.extend((count > 0).then_some(Bucket {
            low: -threshold,
            high: threshold,
            count,
        }));
        buckets.extend(side(positive));
        buckets
    }

    /// The arithmetic mean.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then_some(self.sum? / self.count as f64)
    }

    /// An estimate of the value below which the given share (0 to 1) of measurements lies, as if they were spread
    /// evenly in their bucket. A bucket open to infinity counts as its finite bound, unless minimum or maximum close it.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let total: u64 = self.buckets.iter().map(|bucket| bucket.count).sum();
        let rank = share.clamp(0.0, 1.0) * total as f64;
        let mut below = 0.0;
        for bucket in self.buckets.iter().filter(|bucket| bucket.count > 0) {
            let count = bucket.count as f64;
            if below + count >= rank {
                let (low, high) = self.finite(bucket)?;
                return Some(low + (high - low) * ((rank - below) / count));
            }
            below += count;
        }
        None
    }

    fn finite(&self, bucket: &Bucket) -> Option<(f64, f64)> {
        let low = self.min.map_or(bucket.low, |min| bucket.low.max(min));
        let high = self.max.map_or(bucket.high, |max| bucket.high.min(max));
        match (low.is_finite(), high.is_finite()) {
            (true, true) => Some((low.min(high), high)),
            (true, false) => Some((low, low)),
            (false, true) => Some((high, high)),
            (false, false) => None,
        }
    }
}
