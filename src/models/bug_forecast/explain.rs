//! Why is a fix expected there?
//!
//! In: a model and what was seen. Out: the answer of the product: probabilities, the likeliest modules with their reasons
//! in words and numbers, and the rhythms that hold. Never gives people as a reason.
//!
//! Reasons are Shapley values of the trees (Lundberg et al., 2020), summed over columns that speak of the same thing; the
//! smoothed rate's own part is beside that of the middle module.

use super::columns::{TOPICS, Topic, topic};
use super::head::{Parts, rate_margin};
use super::horizon::HORIZONS_DAYS;
use super::model::{Error, Forecast, MODEL_VERSION, Model, ModuleForecast};
use super::patterns::patterns;
use super::record::Seen;
use super::trend::trend;
use super::weeks::Panel;
use crate::models::answer::{BugAnswer, BugHorizonInfo, BugModelInfo, BugPredictions, HighRiskArea, TemporalForecast};
use crate::models::explanation::effect;
use crate::models::trees::TreesError;

/// More modules than this nobody looks into.
const MAX_AREAS: usize = 10;

/// A module is listed where a fix within 30 days is likelier than not.
const MIN_PROBABILITY: f64 = 0.5;

/// Reasons in words for one module.
const MAX_FACTORS: usize = 4;

/// Parts below this, in log-odds, change the odds by less than 5% and are not worth a reader's time.
const MIN_WORDED_WEIGHT: f64 = 0.05;

impl Model {
    /// The forecast, and the answer that is shown.
    ///
    /// # Errors
    /// [`Error::Trees`].
    pub fn answer(&self, seen: Seen<'_>) -> Result<(Forecast, BugAnswer), Error> {
        let panel = Panel::of(seen, &self.modules);
        let forecast = self.forecast_of(&panel, seen.as_of)?;
        let [week, half, month] = forecast.whole.all();
        let [week_1, week_2, week_3, week_4] = forecast.whole.weeks();
        let bug_predictions = BugPredictions {
            overall_probability_7_days: week,
            overall_probability_15_days: half,
            overall_probability_30_days: month,
            high_risk_areas: self.areas(&panel, &forecast)?,
            n_modules: forecast.modules.len(),
            temporal_forecast: TemporalForecast { week_1, week_2, week_3, week_4 },
            temporal_patterns: patterns(&seen),
        };
        let answer = BugAnswer { bug_predictions, model: self.info(), as_of: seen.as_of };
        Ok((forecast, answer))
    }

    /// Notes which of the changed files lie in which of the modules that are listed.
    pub fn place_changed_files<'p>(&self, answer: &mut BugAnswer, paths: impl Iterator<Item = &'p str>) {
        for path in paths {
            let module = self.modules.of_path(path).map(|module| &self.modules.names()[module]);
            let mut areas = answer.bug_predictions.high_risk_areas.iter_mut();
            if let Some(area) = areas.find(|area| Some(&area.module) == module) {
                area.changed_files.push(path.to_owned());
            }
        }
    }

    fn info(&self) -> BugModelInfo {
        let horizon = |head: &super::head::Head| BugHorizonInfo {
            days: head.days,
            method: head.method.name().to_owned(),
            trial: head.trial,
        };
        BugModelInfo {
            name: "bug_predictor".to_owned(),
            version: MODEL_VERSION.to_owned(),
            trained_until: self.trained_until,
            horizons: self.heads.iter().map(horizon).collect(),
        }
    }

    /// The modules where a fix within 30 days is likelier than not, likeliest first.
    fn areas(&self, panel: &Panel<'_>, forecast: &Forecast) -> Result<Vec<HighRiskArea>, TreesError> {
        let is_high = |module: &&ModuleForecast| module.curve.month().get() >= MIN_PROBABILITY;
        let mut high: Vec<(usize, &ModuleForecast)> =
            forecast.modules.iter().enumerate().filter(|(_, module)| is_high(module)).collect();
        high.sort_by(|a, b| b.1.curve.month().get().total_cmp(&a.1.curve.month().get()).then(a.0.cmp(&b.0)));
        high.into_iter().take(MAX_AREAS).map(|(unit, module)| self.area(panel, unit, module)).collect()
    }

    fn area(&self, panel: &Panel<'_>, unit: usize, module: &ModuleForecast) -> Result<HighRiskArea, TreesError> {
        let [week, half, month] = module.curve.all();
        let newest = panel.n_weeks() - 1;
        Ok(HighRiskArea {
            module: module.module.clone(),
            probability: month,
            probability_7_days: week,
            probability_15_days: half,
            historical_bug_rate: panel.fixes_of_month(unit, newest),
            trend: trend(&panel.fixes_by_month(unit, newest)),
            contributing_factors: self.factors(panel, unit, newest)?,
            changed_files: Vec::new(),
        })
    }

    /// What moved the 30-day probability most; without trees, the fixes that make the rate.
    fn factors(&self, panel: &Panel<'_>, unit: usize, week: usize) -> Result<Vec<String>, TreesError> {
        let row = panel.row(unit, week);
        let Some(head) = self.heads.last() else { return Ok(Vec::new()) };
        let Some(parts) = head.parts(panel, unit, week, usual_margin(panel, week))? else {
            return Ok(Topic::Fixes.fact(&row).into_iter().collect());
        };
        let mut weights: Vec<(Topic, f64)> = TOPICS.iter().map(|topic| (*topic, weight(&parts, *topic))).collect();
        weights.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
        let worded = weights.into_iter().filter(|(_, weight)| weight.abs() >= MIN_WORDED_WEIGHT);
        let said = worded.filter_map(|(topic, weight)| Some(format!("{}; {}", topic.fact(&row)?, effect(weight))));
        Ok(said.take(MAX_FACTORS).collect())
    }
}

fn weight(parts: &Parts, of: Topic) -> f64 {
    let columns = parts.columns.iter().enumerate().filter(|(column, _)| topic(*column) == of);
    let rate = if of == Topic::Fixes { parts.rate } else { 0.0 };
    columns.map(|(_, weight)| weight).sum::<f64>() + rate
}

/// The smoothed rate's log-odds of the middle module.
fn usual_margin(panel: &Panel<'_>, week: usize) -> f64 {
    let days = HORIZONS_DAYS[HORIZONS_DAYS.len() - 1];
    let mut margins: Vec<f64> = (0..panel.whole()).map(|unit| rate_margin(panel, unit, week, days)).collect();
    margins.sort_by(f64::total_cmp);
    margins.get(margins.len() / 2).copied().unwrap_or(0.0)
}
