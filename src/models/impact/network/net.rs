//! How does evidence about pairs of files become a ranking?
//!
//! In: for one question the evidence of every candidate and the edges among the candidates. Out: two scores each: will
//! it change along, and will it change soon after. Learns by gradients written out by hand. Never sees a path or a name.
//!
//! Method: a message-passing network on the subgraph around the question. Every candidate carries its relation to the
//! changed file as its first state (the labelling trick of Zhang and Chen, "Link prediction based on graph neural
//! networks", 2018); one round of typed, weighted mean aggregation (Hamilton, Ying and Leskovec, GraphSAGE, 2017; Schlichtkrull et
//! al., R-GCN, 2018) lets candidates support each other; a skip connection keeps what is plain plain. The loss is the
//! cross entropy of the listwise softmax (ListNet: Cao et al., 2007). Adam (Kingma and Ba, 2015).

use ndarray::{Array1, Array2, Axis};
use serde::{Deserialize, Serialize};

/// States a file has inside the network.
const N_HIDDEN: usize = 32;

/// Ways in which candidates are joined.
pub(super) const N_EDGE_KINDS: usize = 4;

/// Questions asked of each candidate: does it change along, does it change within 30 days.
pub(super) const N_ANSWERS: usize = 2;

/// Standard deviations beyond which a feature says no more.
const CLIP: f32 = 6.0;

/// A directed, weighted edge between two candidates; the weights that arrive at one sum to at most 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Edge {
    /// Receives.
    pub to: u16,
    /// Sends.
    pub from: u16,
    /// Which of [`N_EDGE_KINDS`].
    pub kind: u8,
    /// How much of the sender's state arrives.
    pub weight: f32,
}

/// One question, ready to be answered.
#[derive(Debug, Clone)]
pub(super) struct Scene {
    /// `(n_candidates, n_features)`, as measured.
    pub evidence: Array2<f32>,
    /// Edges among the candidates.
    pub edges: Vec<Edge>,
}

/// A question whose answer is known.
#[derive(Debug, Clone)]
pub(super) struct Example {
    /// The question.
    pub scene: Scene,
    /// `(n_candidates, N_ANSWERS)`, 1 where it came true.
    pub truth: Array2<f32>,
}

/// How long and how boldly to learn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Schedule {
    pub n_epochs: usize,
    pub rate: f32,
    /// Share of the squared weights that is added to the loss.
    pub decay: f32,
    pub seed: u64,
}

/// The network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "Flat", try_from = "Flat")]
pub(super) struct Net {
    mean: Array1<f32>,
    scale: Array1<f32>,
    weights: Weights,
}

#[derive(Debug, Clone, PartialEq)]
struct Weights {
    input: Array2<f32>,
    input_bias: Array2<f32>,
    own: Array2<f32>,
    own_bias: Array2<f32>,
    messages: Vec<Array2<f32>>,
    output: Array2<f32>,
    skip: Array2<f32>,
}

/// What one pass leaves behind for the gradient.
struct Passed {
    x: Array2<f32>,
    first: Array2<f32>,
    arrived: Vec<Array2<f32>>,
    second: Array2<f32>,
    scores: Array2<f32>,
}

/// Questions whose gradients are averaged before a step.
const BATCH: usize = 48;

impl Net {
    /// A network that has learned nothing but the usual size of each feature.
    pub(super) fn new(examples: &[&Example], seed: u64) -> Self {
        let n_features = examples.first().map_or(0, |example| example.scene.evidence.ncols());
        let (mean, scale) = usual(examples, n_features);
        let mut chance = Chance(seed);
        let mut draw = |n_in: usize, n_out: usize, size: f32| {
            let size = size / (n_in.max(1) as f32).sqrt();
            Array2::from_shape_simple_fn((n_in, n_out), || size * chance.normal())
        };
        let weights = Weights {
            input: draw(n_features, N_HIDDEN, 1.0),
            input_bias: Array2::zeros((1, N_HIDDEN)),
            own: draw(N_HIDDEN, N_HIDDEN, 1.0),
            own_bias: Array2::zeros((1, N_HIDDEN)),
            messages: (0..N_EDGE_KINDS).map(|_| draw(N_HIDDEN, N_HIDDEN, 0.5)).collect(),
            output: draw(N_HIDDEN, N_ANSWERS, 0.1),
            skip: Array2::zeros((n_features, N_ANSWERS)),
        };
        Self { mean, scale, weights }
    }

    /// Features it was made for.
    pub(super) fn n_features(&self) -> usize {
        self.mean.len()
    }

    /// `(n_candidates, N_ANSWERS)` scores; higher is likelier, and only differences within one question count.
    pub(super) fn scores(&self, scene: &Scene) -> Array2<f32> {
        self.pass(scene).scores
    }

    /// The same network without what candidates tell each other.
    pub(super) fn without_messages(&self) -> Self {
        let mut alone = self.clone();
        alone.weights.messages.iter_mut().for_each(|kind| kind.fill(0.0));
        alone
    }

    /// Learns from `examples` in an order drawn from the seed.
    pub(super) fn learn(&mut self, examples: &[&Example], schedule: Schedule) {
        let mut chance = Chance(schedule.seed);
        let mut order: Vec<usize> = (0..examples.len()).collect();
        let mut steps = Adam::new(&self.weights);
        let n_steps = schedule.n_epochs * examples.len().div_ceil(BATCH);
        for _ in 0..schedule.n_epochs {
            chance.shuffle(&mut order);
            for batch in order.chunks(BATCH) {
                let mut gradient = self.weights.zeros();
                batch.iter().for_each(|nth| self.add_gradient(examples[*nth], &mut gradient));
                let share = 1.0 / batch.len() as f32;
                let done = steps.n as f32 / n_steps.max(1) as f32;
                steps.step(
                    &mut self.weights,
                    &mut gradient,
                    share,
                    schedule.rate * (1.0 - 0.95 * done),
                    schedule.decay,
                );
            }
        }
    }

    fn pass(&self, Scene { evidence, edges }: &Scene) -> Passed {
        let mut x = (evidence - &self.mean) / &self.scale;
        x.mapv_inplace(|value| if value.is_finite() { value.clamp(-CLIP, CLIP) } else { 0.0 });
        let weights = &self.weights;
        let mut first = x.dot(&weights.input) + &weights.input_bias;
        first.mapv_inplace(|value| value.max(0.0));
        let arrived = arrived(&first, edges);
        let mut second = first.dot(&weights.own) + &weights.own_bias;
        for (messages, weights) in arrived.iter().zip(&weights.messages) {
            second += &messages.dot(weights);
        }
        second.mapv_inplace(|value| value.max(0.0));
        let scores = second.dot(&weights.output) + x.dot(&weights.skip);
        Passed { x, first, arrived, second, scores }
    }

    /// Adds the gradient of one example's loss.
    fn add_gradient(&self, example: &Example, gradient: &mut Weights) {
        let passed = self.pass(&example.scene);
        let at_scores = loss_gradient(&passed.scores, &example.truth);
        gradient.output += &passed.second.t().dot(&at_scores);
        gradient.skip += &passed.x.t().dot(&at_scores);
        let mut at_second = at_scores.dot(&self.weights.output.t());
        at_second.zip_mut_with(&passed.second, |slope, state| *slope *= f32::from(*state > 0.0));
        gradient.own_bias += &at_second.sum_axis(Axis(0)).insert_axis(Axis(0));
        gradient.own += &passed.first.t().dot(&at_second);
        let mut at_first = at_second.dot(&self.weights.own.t());
        for (kind, weights) in self.weights.messages.iter().enumerate() {
            gradient.messages[kind] += &passed.arrived[kind].t().dot(&at_second);
            send_back(&at_second.dot(&weights.t()), &example.scene.edges, kind, &mut at_first);
        }
        at_first.zip_mut_with(&passed.first, |slope, state| *slope *= f32::from(*state > 0.0));
        gradient.input_bias += &at_first.sum_axis(Axis(0)).insert_axis(Axis(0));
        gradient.input += &passed.x.t().dot(&at_first);
    }
}

/// The listwise softmax of each question's scores: `(n_candidates, N_ANSWERS)`, in logarithms.
pub(super) fn log_softmax(scores: &Array2<f32>) -> Array2<f32> {
    let mut logs = scores.clone();
    for mut column in logs.columns_mut() {
        let most = column.fold(f32::NEG_INFINITY, |most, score| most.max(*score));
        let total = column.fold(0.0, |total, score| total + (score - most).exp());
        column.mapv_inplace(|score| score - most - total.ln());
    }
    logs
}

/// Slope of the listwise cross entropy, averaged over what came true; a question nothing came true of teaches nothing.
fn loss_gradient(scores: &Array2<f32>, truth: &Array2<f32>) -> Array2<f32> {
    let mut slope = log_softmax(scores).mapv(f32::exp);
    for (mut slope, truth) in slope.columns_mut().into_iter().zip(truth.columns()) {
        let n_true = truth.sum();
        if n_true > 0.0 {
            slope.zip_mut_with(&truth, |slope, truth| *slope -= truth / n_true);
        } else {
            slope.fill(0.0);
        }
    }
    slope
}

fn arrived(states: &Array2<f32>, edges: &[Edge]) -> Vec<Array2<f32>> {
    let mut arrived = vec![Array2::zeros(states.dim()); N_EDGE_KINDS];
    for edge in edges {
        let sent = states.row(usize::from(edge.from));
        arrived[usize::from(edge.kind)].row_mut(usize::from(edge.to)).scaled_add(edge.weight, &sent);
    }
    arrived
}

fn send_back(slopes: &Array2<f32>, edges: &[Edge], kind: usize, into: &mut Array2<f32>) {
    for edge in edges.iter().filter(|edge| usize::from(edge.kind) == kind) {
        into.row_mut(usize::from(edge.from)).scaled_add(edge.weight, &slopes.row(usize::from(edge.to)));
    }
}

/// Mean and standard deviation of each feature over the candidates of the examples.
fn usual(examples: &[&Example], n_features: usize) -> (Array1<f32>, Array1<f32>) {
    let (mut sum, mut squares, mut n) = (vec![0f64; n_features], vec![0f64; n_features], vec![0f64; n_features]);
    for row in examples.iter().flat_map(|example| example.scene.evidence.rows()) {
        // What was withheld is no number.
        for (at, value) in row.iter().enumerate().filter(|(_, value)| value.is_finite()) {
            n[at] += 1.0;
            sum[at] += f64::from(*value);
            squares[at] += f64::from(*value) * f64::from(*value);
        }
    }
    let mean: Vec<f64> = sum.iter().zip(&n).map(|(sum, n)| sum / n.max(1.0)).collect();
    let variance = |(at, squares): (usize, &f64)| squares / n[at].max(1.0) - mean[at] * mean[at];
    let scale = squares.iter().enumerate().map(variance).map(|variance| variance.max(0.0).sqrt());
    // A feature that never differs says nothing, whatever it is divided by.
    let scale = scale.map(|scale| if scale > 1e-6 { scale as f32 } else { 1.0 }).collect();
    (mean.iter().map(|mean| *mean as f32).collect(), scale)
}

/// A network as it is kept: its numbers in one order.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Flat {
    n_features: u16,
    numbers: Vec<f32>,
}

impl From<Net> for Flat {
    fn from(mut net: Net) -> Self {
        let n_features = net.n_features() as u16;
        let mut numbers: Vec<f32> = net.mean.iter().chain(&net.scale).copied().collect();
        net.weights.parts_mut().into_iter().for_each(|part| numbers.extend(part.iter()));
        Self { n_features, numbers }
    }
}

impl TryFrom<Flat> for Net {
    type Error = String;

    fn try_from(Flat { n_features, numbers }: Flat) -> Result<Self, String> {
        let n = usize::from(n_features);
        let mut weights = Weights::shaped(n);
        let n_expected = 2 * n + weights.parts_mut().iter().map(|part| part.len()).sum::<usize>();
        if numbers.len() != n_expected || !numbers.iter().all(|number| number.is_finite()) {
            return Err(format!("expected {n_expected} finite numbers for {n} features, got {}", numbers.len()));
        }
        let (mean, rest) = numbers.split_at(n);
        let (scale, mut rest) = rest.split_at(n);
        for part in weights.parts_mut() {
            let (own, others) = rest.split_at(part.len());
            part.iter_mut().zip(own).for_each(|(number, kept)| *number = *kept);
            rest = others;
        }
        if scale.iter().any(|scale| *scale <= 0.0) {
            return Err("expected scales above zero".to_owned());
        }
        Ok(Self { mean: mean.to_vec().into(), scale: scale.to_vec().into(), weights })
    }
}

impl Weights {
    /// All zero, for so many features.
    fn shaped(n_features: usize) -> Self {
        Self {
            input: Array2::zeros((n_features, N_HIDDEN)),
            input_bias: Array2::zeros((1, N_HIDDEN)),
            own: Array2::zeros((N_HIDDEN, N_HIDDEN)),
            own_bias: Array2::zeros((1, N_HIDDEN)),
            messages: vec![Array2::zeros((N_HIDDEN, N_HIDDEN)); N_EDGE_KINDS],
            output: Array2::zeros((N_HIDDEN, N_ANSWERS)),
            skip: Array2::zeros((n_features, N_ANSWERS)),
        }
    }

    fn zeros(&self) -> Self {
        let mut zeros = self.clone();
        zeros.parts_mut().into_iter().for_each(|part| part.fill(0.0));
        zeros
    }

    fn parts_mut(&mut self) -> Vec<&mut Array2<f32>> {
        let Self { input, input_bias, own, own_bias, messages, output, skip } = self;
        [input, input_bias, own, own_bias, output, skip].into_iter().chain(messages).collect()
    }
}

/// Running means of the gradient and its square.
struct Adam {
    mean: Weights,
    square: Weights,
    n: i32,
}

impl Adam {
    fn new(weights: &Weights) -> Self {
        Self { mean: weights.zeros(), square: weights.zeros(), n: 0 }
    }

    fn step(&mut self, weights: &mut Weights, gradient: &mut Weights, share: f32, rate: f32, decay: f32) {
        const KEPT: (f32, f32) = (0.9, 0.999);
        self.n += 1;
        let full = (1.0 - KEPT.0.powi(self.n), 1.0 - KEPT.1.powi(self.n));
        let parts = weights.parts_mut().into_iter().zip(gradient.parts_mut());
        for ((weight, slope), (mean, square)) in
            parts.zip(self.mean.parts_mut().into_iter().zip(self.square.parts_mut()))
        {
            slope.zip_mut_with(weight, |slope, weight| *slope = *slope * share + 2.0 * decay * weight);
            mean.zip_mut_with(slope, |mean, slope| *mean = KEPT.0 * *mean + (1.0 - KEPT.0) * slope);
            square.zip_mut_with(slope, |square, slope| *square = KEPT.1 * *square + (1.0 - KEPT.1) * slope * slope);
            let moved = (&*mean / full.0) / ((&*square / full.1).mapv(f32::sqrt) + 1e-8);
            weight.scaled_add(-rate, &moved);
        }
    }
}

/// Seeded chance: SplitMix64 (Steele, Lea and Flood, 2014).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Above 0, at most 1.
    fn unit(&mut self) -> f32 {
        ((self.next() >> 40) as f32 + 1.0) / (1u32 << 24) as f32
    }

    /// Box and Muller, 1958.
    fn normal(&mut self) -> f32 {
        (-2.0 * self.unit().ln()).sqrt() * (std::f32::consts::TAU * self.unit()).cos()
    }

    fn shuffle(&mut self, order: &mut [usize]) {
        for last in (1..order.len()).rev() {
            order.swap(last, (self.next() % (last as u64 + 1)) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(seed: u64) -> Example {
        let mut chance = Chance(seed);
        let evidence = Array2::from_shape_simple_fn((7, 5), || chance.normal());
        let edge = |to, from, kind, weight| Edge { to, from, kind, weight };
        let edges =
            vec![edge(0, 1, 0, 0.5), edge(0, 2, 0, 0.5), edge(3, 0, 1, 1.0), edge(5, 6, 2, 0.7), edge(6, 6, 3, 0.2)];
        let mut truth = Array2::zeros((7, N_ANSWERS));
        truth[[3, 0]] = 1.0;
        truth[[0, 0]] = 1.0;
        truth[[5, 1]] = 1.0;
        Example { scene: Scene { evidence, edges }, truth }
    }

    fn loss(net: &Net, example: &Example) -> f64 {
        let logs = log_softmax(&net.scores(&example.scene));
        let columns = logs.columns().into_iter().zip(example.truth.columns());
        columns.map(|(logs, truth)| -f64::from((&logs * &truth).sum()) / f64::from(truth.sum().max(1.0))).sum()
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        let example = example(3);
        let net = Net::new(&[&example], 1);
        let mut gradient = net.weights.zeros();
        net.add_gradient(&example, &mut gradient);
        let n_parts = net.weights.clone().parts_mut().len();
        for part in 0..n_parts {
            let n = net.weights.clone().parts_mut()[part].len();
            for at in [0, n / 2, n - 1] {
                let moved = |by: f32| {
                    let mut net = net.clone();
                    net.weights.parts_mut()[part].as_slice_mut().expect("contiguous")[at] += by;
                    loss(&net, &example)
                };
                let measured = (moved(2e-3) - moved(-2e-3)) / 4e-3;
                let said = f64::from(gradient.parts_mut()[part].as_slice().expect("contiguous")[at]);
                assert!((measured - said).abs() < 2e-3, "part {part} at {at}: {measured} against {said}");
            }
        }
    }

    #[test]
    fn learning_puts_what_comes_true_first_and_is_the_same_twice() {
        let examples: Vec<Example> = (0..20).map(example).collect();
        let examples: Vec<&Example> = examples.iter().collect();
        let learned = || {
            let mut net = Net::new(&examples, 7);
            net.learn(&examples, Schedule { n_epochs: 60, rate: 0.01, decay: 0.0, seed: 7 });
            net
        };
        let (before, after) = (Net::new(&examples, 7), learned());
        let total = |net: &Net| examples.iter().map(|example| loss(net, example)).sum::<f64>();
        assert!(total(&after) < 0.5 * total(&before), "{} against {}", total(&after), total(&before));
        assert_eq!(after, learned());
    }

    #[test]
    fn numbers_that_are_none_do_not_reach_the_scores() {
        let example = example(1);
        let net = Net::new(&[&example], 1);
        let mut scene = example.scene;
        scene.evidence[[0, 0]] = f32::NAN;
        scene.evidence[[1, 1]] = f32::INFINITY;
        assert!(net.scores(&scene).iter().all(|score| score.is_finite()));
    }
}
