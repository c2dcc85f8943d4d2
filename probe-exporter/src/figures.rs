//! Figures that are read when somebody asks, not counted as they happen: a family each, with the way to its value.

use prometheus::core::{Collector, Desc};
use prometheus::proto::{Counter, Gauge, MetricFamily, MetricType};

/// One family and how its value is found in `S`.
pub(crate) struct Figure<S> {
    /// An ordinary metric, for its name, help and type; its own value stays zero.
    family: Box<dyn Collector>,
    value: fn(&S) -> f64,
}

/// A figure with the name, help and type of `family`.
pub(crate) fn figure<S>(
    family: prometheus::Result<impl Collector + 'static>,
    value: fn(&S) -> f64,
) -> prometheus::Result<Figure<S>> {
    Ok(Figure { family: Box::new(family?), value })
}

/// Takes one reading per scrape and presents all its figures.
pub(crate) struct Figures<S, R> {
    figures: Vec<Figure<S>>,
    read: R,
}

impl<S, R: Fn() -> Option<S>> Figures<S, R> {
    /// Figures of what `read` returns; none while it returns nothing.
    pub(crate) fn new(
        figures: impl IntoIterator<Item = prometheus::Result<Figure<S>>>,
        read: R,
    ) -> prometheus::Result<Self> {
        Ok(Self { figures: figures.into_iter().collect::<Result<_, _>>()?, read })
    }
}

impl<S: Send + Sync, R: Fn() -> Option<S> + Send + Sync> Collector for Figures<S, R> {
    fn desc(&self) -> Vec<&Desc> {
        self.figures.iter().flat_map(|figure| figure.family.desc()).collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let Some(reading) = (self.read)() else { return Vec::new() };
        let mut families = Vec::with_capacity(self.figures.len());
        for figure in &self.figures {
            let value = (figure.value)(&reading);
            families.extend(figure.family.collect().into_iter().map(|family| with_value(family, value)));
        }
        families
    }
}

fn with_value(mut family: MetricFamily, value: f64) -> MetricFamily {
    let counts = family.get_field_type() == MetricType::COUNTER;
    for metric in family.mut_metric() {
        if counts {
            let mut counter = Counter::default();
            counter.set_value(value);
            metric.set_counter(counter);
        } else {
            let mut gauge = Gauge::default();
            gauge.set_value(value);
            metric.set_gauge(gauge);
        }
    }
    family
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_from_the_reading() {
        let table = [
            figure(prometheus::Counter::new("test_a_total", "A."), |reading: &(f64, f64)| reading.0),
            figure(prometheus::IntGauge::new("test_b", "B."), |reading: &(f64, f64)| reading.1),
        ];
        let figures = Figures::new(table, || Some((7.0, 1.5))).expect("valid names");
        assert_eq!(figures.desc().len(), 2);
        let values: Vec<_> = figures
            .collect()
            .iter()
            .map(|family| {
                let metric = &family.get_metric()[0];
                (metric.get_counter().get_value(), metric.get_gauge().get_value())
            })
            .collect();
        assert_eq!(values, [(7.0, 0.0), (0.0, 1.5)]);
    }

    #[test]
    fn without_a_reading_there_is_no_family() {
        let table = [figure(prometheus::Counter::new("test_total", "A."), |(): &()| 1.0)];
        assert!(Figures::new(table, || None).expect("valid names").collect().is_empty());
    }
}
