//! How good would the bug forecast have been here?
//!
//! In: a repository. Out: rolling-origin figures of the newest years: for each horizon Brier score, log loss and their
//! skill against plain forecasts on the same cases, AUC, calibration error and curve, for modules and for the whole. Every
//! forecast is made by a model that was trained on what was known at its time.

use super::Error;
use super::usage::Usage;
use crate::domain::{Log, Timestamp};
use crate::features::Inputs;
use crate::git::{self, Repository};
use crate::history::{Labels, Past, Reverts, fix_evidence};
use crate::models::bug_forecast::{self, Case, HORIZONS_DAYS, Model, Params, Record, backtest};
use crate::models::evaluation::{auc, brier, expected_calibration_error, log_loss};
use crate::pipeline::Progress;
use serde::Serialize;
use std::path::Path;

/// Commits dated later than this are dated wrongly (2100-01-01).
const END_OF_TIME: Timestamp = Timestamp(4_102_444_800);

/// How far back origins go: three years, whole weeks.
const REPLAYED_DAYS: i64 = 3 * 364;

/// Bins of a calibration curve.
const N_BINS: usize = 10;

/// A skill needs this many cases of either outcome: where every forecast is right there is nothing to be better at.
const MIN_OF_EITHER: usize = 5;

/// What was found.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The commit up to which history was read.
    pub tip: String,
    /// Commits in it, merges included.
    pub n_commits: usize,
    /// Fix commits that touch product sources.
    pub n_fixes: usize,
    /// Days from the first origin to the newest commit.
    pub replayed_days: i64,
    /// Moments a forecast was made from.
    pub n_origins: usize,
    /// Moments at which there was too little history.
    pub n_abstained: usize,
    /// Models that were trained on the way.
    pub n_models: usize,
    /// Modules in the model of today.
    pub n_modules: usize,
    /// Processor seconds to train the model of today and to forecast; mining not counted.
    pub forecast_cpu_seconds: f64,
    /// One entry for each horizon.
    pub modules: Vec<Figures>,
    /// The same for the whole repository: one case for each origin.
    pub repository: Vec<Figures>,
}

/// Figures of one horizon.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    /// Days ahead.
    pub horizon_days: i64,
    /// Forecasts judged.
    pub n: usize,
    /// Share that came true.
    pub base_rate: f64,
    /// Share answered by what was learned; the others by a rate.
    pub learned_share: f64,
    /// Of the forecast.
    pub brier: f64,
    /// In nats.
    pub log_loss: f64,
    /// Chance that what came was given more than what did not; absent where only one outcome occurs.
    pub auc: Option<f64>,
    /// 15 bins of equal width.
    pub ece: f64,
    /// The module's own rate of the last 365 days, half a fix added, as a Poisson process.
    pub own_rate: Baseline,
    /// The same of the last 730 days.
    pub two_year_rate: Baseline,
    /// The same weeks of up to three earlier years.
    pub seasonal: Baseline,
    /// Ten bins of equal width; empty ones are left out.
    pub calibration: Vec<Bin>,
}

/// A plain forecast on the same cases, and how much better ours is.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Baseline {
    /// Of the plain forecast.
    pub brier: f64,
    /// Of the plain forecast.
    pub log_loss: f64,
    /// `1 - ours / theirs`; absent with fewer than five cases of either outcome.
    pub brier_skill: Option<f64>,
    /// The same of the log loss.
    pub log_loss_skill: Option<f64>,
    /// Calibration error of the plain forecast.
    pub ece: f64,
}

/// Forecasts of about the same probability.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Bin {
    /// Forecasts.
    pub n: usize,
    /// Mean probability.
    pub said: f64,
    /// Share that came true.
    pub happened: f64,
}

/// Replays the newest three years of the history of `HEAD`.
///
/// # Errors
/// When the repository cannot be read.
pub fn evaluate(path: &Path, progress: &Progress<'_>) -> Result<Report, Error> {
    let repository = Repository::open(path)?;
    let tip = repository.resolve("HEAD")?;
    let mut log = Log::default();
    git::mine(&repository, &mut log, &[tip], END_OF_TIME, None, &|done, all| progress("reading commits", done, all))?;
    let labels = fixes_of(&log);
    let past = Past::new(&log, &labels, tip).ok_or_else(|| git::Error::Empty { path: path.to_owned() })?;
    let record = Record::of(&past, Inputs::none(true));
    let params = Params::default();
    let before = Usage::now();
    let n_modules = match Model::train(record.whole(), &params)? {
        Ok(model) => model.answer(record.whole())?.0.modules.len(),
        Err(_) => 0,
    };
    let forecast_cpu_seconds = Usage::now().own_since(&before).cpu;
    let replayed = backtest(&record, REPLAYED_DAYS, &params, &|done, all| progress("forecasting", done, all))?;
    let figures = |of_whole: bool| -> Vec<Figures> {
        let is_asked = |case: &&Case, horizon| case.horizon == horizon && case.module.is_none() == of_whole;
        let cases = |horizon| replayed.cases.iter().filter(|case| is_asked(case, horizon)).collect::<Vec<_>>();
        (0..HORIZONS_DAYS.len()).filter_map(|horizon| Figures::of(HORIZONS_DAYS[horizon], &cases(horizon))).collect()
    };
    Ok(Report {
        tip: tip.to_string(),
        n_commits: past.order.len(),
        n_fixes: record.whole().n_fixes(),
        replayed_days: REPLAYED_DAYS,
        n_origins: replayed.n_origins,
        n_abstained: replayed.n_abstained,
        n_models: replayed.n_models,
        n_modules,
        forecast_cpu_seconds,
        modules: figures(false),
        repository: figures(true),
    })
}

/// Which commits are fixes. Whom they blame is not asked here.
fn fixes_of(log: &Log) -> Labels {
    let reverts = Reverts::of(log);
    let is_fix = (0..log.commits.len() as u32).map(|at| fix_evidence(log, at, &reverts).is_some()).collect();
    Labels { is_fix, introductions: Vec::new() }
}

impl Figures {
    /// `None` without cases.
    fn of(horizon_days: i64, cases: &[&Case]) -> Option<Self> {
        let labels: Vec<bool> = cases.iter().map(|case| case.happened).collect();
        let column = |of: fn(&Case) -> f64| cases.iter().map(|case| of(case)).collect::<Vec<f64>>();
        let said = column(|case| case.said);
        let baseline = |of: fn(&Case) -> f64| Baseline::of(&column(of), &said, &labels);
        let share = |n: usize| n as f64 / cases.len() as f64;
        (!cases.is_empty()).then(|| Self {
            horizon_days,
            n: cases.len(),
            base_rate: share(labels.iter().filter(|label| **label).count()),
            learned_share: share(cases.iter().filter(|case| case.is_learned).count()),
            brier: brier(&said, &labels),
            log_loss: log_loss(&said, &labels),
            auc: auc(&said, &labels),
            ece: expected_calibration_error(&said, &labels),
            own_rate: baseline(|case| case.own_rate),
            two_year_rate: baseline(|case| case.two_year_rate),
            seasonal: baseline(|case| case.seasonal),
            calibration: calibration(&said, &labels),
        })
    }
}

impl Baseline {
    fn of(theirs: &[f64], ours: &[f64], labels: &[bool]) -> Self {
        let n_positive = labels.iter().filter(|label| **label).count();
        let can_tell = n_positive >= MIN_OF_EITHER && labels.len() - n_positive >= MIN_OF_EITHER;
        let skill = |ours: f64, theirs: f64| can_tell.then(|| 1.0 - ours / theirs);
        let (their_brier, their_loss) = (brier(theirs, labels), log_loss(theirs, labels));
        Self {
            brier: their_brier,
            log_loss: their_loss,
            brier_skill: skill(brier(ours, labels), their_brier),
            log_loss_skill: skill(log_loss(ours, labels), their_loss),
            ece: expected_calibration_error(theirs, labels),
        }
    }
}

fn calibration(said: &[f64], labels: &[bool]) -> Vec<Bin> {
    let bin_of = |p: f64| ((p * N_BINS as f64) as usize).min(N_BINS - 1);
    let of_bin = |bin: usize| {
        let cases: Vec<_> = said.iter().zip(labels).filter(|(p, _)| bin_of(**p) == bin).collect();
        let n = cases.len() as f64;
        (!cases.is_empty()).then(|| Bin {
            n: cases.len(),
            said: cases.iter().map(|(p, _)| **p).sum::<f64>() / n,
            happened: cases.iter().filter(|(_, label)| **label).count() as f64 / n,
        })
    };
    (0..N_BINS).filter_map(of_bin).collect()
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            f,
            "{} commits, {} fixes, {} modules today; {} origins in {} days, {} without enough history, {} models",
            self.n_commits,
            self.n_fixes,
            self.n_modules,
            self.n_origins,
            self.replayed_days,
            self.n_abstained,
            self.n_models
        )?;
        writeln!(f, "training and forecasting today: {:.2} processor seconds", self.forecast_cpu_seconds)?;
        for (name, figures) in [("modules", &self.modules), ("whole repository", &self.repository)] {
            writeln!(
                f,
                "\n{name:<17} {:>6} {:>6} {:>8} {:>6} {:>7} {:>8} {:>6}  skill (Brier, log loss) against own rate, two years, season",
                "cases", "base", "learned", "AUC", "Brier", "log loss", "ECE"
            )?;
            for row in figures {
                writeln!(f, "{row}")?;
            }
            for row in figures {
                writeln!(f, "said and happened within {} days: {}", row.horizon_days, Curve(&row.calibration))?;
            }
        }
        Ok(())
    }
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let auc = self.auc.map_or("-".to_owned(), |auc| format!("{auc:.3}"));
        write!(
            f,
            "{:>3} days ahead    {:>6} {:>6.3} {:>8.2} {auc:>6} {:>7.4} {:>8.4} {:>6.3} ",
            self.horizon_days, self.n, self.base_rate, self.learned_share, self.brier, self.log_loss, self.ece
        )?;
        for baseline in [self.own_rate, self.two_year_rate, self.seasonal] {
            for skill in [baseline.brier_skill, baseline.log_loss_skill] {
                write!(f, " {}", skill.map_or("     -".to_owned(), |skill| format!("{skill:>+6.3}")))?;
            }
            f.write_str(" ")?;
        }
        Ok(())
    }
}

/// A calibration curve in one line.
struct Curve<'a>(&'a [Bin]);

impl std::fmt::Display for Curve<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bins: Vec<String> =
            self.0.iter().map(|bin| format!("{:.2} {:.2} of {}", bin.said, bin.happened, bin.n)).collect();
        f.write_str(&bins.join(", "))
    }
}

impl From<bug_forecast::Error> for Error {
    fn from(source: bug_forecast::Error) -> Self {
        Error::Forecast(source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(said: f64, happened: bool) -> Case {
        Case {
            origin: Timestamp(0),
            module: None,
            horizon: 0,
            said,
            own_rate: 0.5,
            two_year_rate: 0.5,
            seasonal: 0.5,
            happened,
            is_learned: said > 0.5,
        }
    }

    #[test]
    fn a_skill_is_the_part_of_the_error_that_is_gone() {
        let cases: Vec<Case> = (0..10).map(|nth| case(if nth < 5 { 0.75 } else { 0.25 }, nth < 5)).collect();
        let figures = Figures::of(7, &cases.iter().collect::<Vec<_>>()).expect("ten cases");
        assert!((figures.own_rate.brier_skill.expect("five of either") - 0.75).abs() < 1e-12);
        assert_eq!((figures.learned_share, figures.base_rate, figures.auc), (0.5, 0.5, Some(1.0)));
        let bins: Vec<_> = figures.calibration.iter().map(|bin| (bin.n, bin.said, bin.happened)).collect();
        assert_eq!(bins, [(5, 0.25, 0.0), (5, 0.75, 1.0)]);
    }

    #[test]
    fn where_one_outcome_is_rare_there_is_no_skill() {
        let cases: Vec<Case> = (0..100).map(|nth| case(0.9, nth > 3)).collect();
        let figures = Figures::of(7, &cases.iter().collect::<Vec<_>>()).expect("a hundred cases");
        assert_eq!(figures.seasonal.log_loss_skill, None);
        assert!(Figures::of(7, &[]).is_none());
    }
}
