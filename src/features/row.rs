//! What does one row hold?

use super::Feature;
use serde::{Deserialize, Serialize};

/// The value of every feature of the catalogue, in its order; NaN is unknown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row(Vec<f32>);

impl Row {
    /// A row in which nothing is known.
    pub fn unknown() -> Self {
        Self(vec![f32::NAN; Feature::COUNT])
    }

    /// A row of values in the order of the catalogue, NaN where unknown; `None` where there are too few or too many.
    pub fn from_values(values: Vec<f32>) -> Option<Self> {
        (values.len() == Feature::COUNT).then_some(Self(values))
    }

    /// The value, or `None` where it is unknown.
    pub fn get(&self, feature: Feature) -> Option<f32> {
        Some(self.0[feature as usize]).filter(|value| value.is_finite())
    }

    /// The value as models read it: NaN where it is unknown.
    pub fn raw(&self, feature: Feature) -> f32 {
        self.0[feature as usize]
    }

    /// Writes a value; anything that is not finite is unknown.
    pub fn set(&mut self, feature: Feature, value: impl Into<Option<f64>>) {
        let value = value.into().map_or(f32::NAN, |value| value as f32);
        self.0[feature as usize] = if value.is_finite() { value } else { f32::NAN };
    }

    /// All values in the order of the catalogue.
    pub fn values(&self) -> &[f32] {
        &self.0
    }

    /// Whether both rows know the same and agree on it, bit for bit.
    pub fn is_same(&self, other: &Row) -> bool {
        self.0.iter().zip(&other.0).all(|(a, b)| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()))
    }
}
