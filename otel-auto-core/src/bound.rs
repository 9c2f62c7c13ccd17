//! What an instrumenter holds of one set of providers: a tracer and instruments.

use opentelemetry::metrics::{Histogram, Meter, UpDownCounter};

use crate::{
    Attributes, Instrumentation, Providers, Settings, Size, Sizes,
    attributes::Label,
    exception::Signals,
    providers::StartSpan,
    series::{Handle, Series},
};

pub(crate) struct Bound {
    pub(crate) providers: Providers,
    pub(crate) tracer: Option<Box<dyn StartSpan>>,
    pub(crate) duration: Option<Series<Histogram<f64>>>,
    active: Option<Series<UpDownCounter<i64>>>,
    active_keys: &'static [&'static str],
    request_size: Option<Series<Histogram<u64>>>,
    response_size: Option<Series<Histogram<u64>>>,
    pub(crate) exceptions: Signals,
}

impl Bound {
    pub(crate) fn new<I: Instrumentation>(instrumentation: &I, providers: &Providers) -> Self {
        let settings = providers.settings();
        providers.note(instrumentation.name());
        let name = instrumentation.name();
        let metrics = instrumentation.metrics(settings);
        let tracer = (settings.traces && settings.instrumentations.traces(name))
            .then(|| providers.tracer(instrumentation.scope()))
            .flatten();
        // As the switch of the spans says, which the exceptions are bound to.
        let exceptions = if I::EXCEPTION.is_some() && settings.instrumentations.traces(name) {
            providers.exceptions(instrumentation.scope())
        } else {
            Signals::default()
        };
        let metered = metrics.duration.is_some()
            || metrics.active.is_some()
            || metrics.request_size.is_some()
            || metrics.response_size.is_some();
        let meter = (metered && settings.metrics && settings.instrumentations.metrics(name))
            .then(|| providers.meter(instrumentation.scope()))
            .flatten();
        let duration = meter.as_ref().zip(metrics.duration).map(|(meter, spec)| {
            Series::new(
                meter
                    .f64_histogram(spec.name)
                    .with_unit("s")
                    .with_description(spec.description)
                    .with_boundaries(spec.boundaries.to_vec())
                    .build(),
            )
        });
        let active = meter.as_ref().zip(metrics.active).map(|(meter, spec)| {
            Series::new(
                meter
                    .i64_up_down_counter(spec.name)
                    .with_unit(spec.unit)
                    .with_description(spec.description)
                    .build(),
            )
        });
        let sizes = |spec: Option<Size>| {
            meter
                .as_ref()
                .zip(spec)
                .map(|(meter, spec)| size(meter, spec))
        };
        Self {
            request_size: sizes(metrics.request_size),
            response_size: sizes(metrics.response_size),
            providers: providers.clone(),
            tracer,
            duration,
            active,
            active_keys: metrics.active.map_or(&[], |spec| spec.keys),
            exceptions,
        }
    }

    pub(crate) fn settings(&self) -> &Settings {
        self.providers.settings()
    }

    /// Is there a signal that wants this instrumentation's attributes?
    pub(crate) fn makes_telemetry(&self) -> bool {
        self.tracer.is_some() || self.is_measuring() || self.exceptions.logs()
    }

    pub(crate) fn is_measuring(&self) -> bool {
        self.duration.is_some() || self.active.is_some() || self.measures_sizes()
    }

    pub(crate) fn measures_sizes(&self) -> bool {
        self.request_size.is_some() || self.response_size.is_some()
    }

    /// Records the sizes that are known, with all that the operation says of itself.
    pub(crate) fn record_sizes(&self, attributes: &mut Attributes, sizes: Sizes) {
        if !attributes.details.is_empty() {
            let details = std::mem::take(&mut attributes.details);
            attributes.labels.extend(details);
        }
        let request = self.request_size.as_ref().zip(sizes.request);
        let response = self.response_size.as_ref().zip(sizes.response);
        for (series, bytes) in request.into_iter().chain(response) {
            series.record(&attributes.labels, bytes);
        }
    }

    /// Counts an operation in. Of its attributes only those with the metric's own keys are used.
    pub(crate) fn count_in(&self, attributes: &Attributes) -> Option<Handle<UpDownCounter<i64>>> {
        let active = self.active.as_ref()?;
        let labels = &attributes.labels;
        // The keys come first by habit of the conventions: then nothing is copied.
        let leading = labels.get(..self.active_keys.len()).filter(|leading| {
            leading
                .iter()
                .zip(self.active_keys)
                .all(|((key, _), wanted)| key == wanted)
        });
        let handle = if let Some(leading) = leading {
            active.handle(leading)
        } else {
            let mut picked: Vec<Label> = Vec::with_capacity(self.active_keys.len());
            for wanted in self.active_keys {
                let mut known = labels.iter().chain(&attributes.details);
                picked.extend(known.find(|(key, _)| key == wanted).cloned());
            }
            active.handle(&picked)
        };
        active.record_with(&handle, 1);
        Some(handle)
    }

    /// Counts an operation out, from where it was counted in.
    pub(crate) fn count_out(&self, counted: Option<&Handle<UpDownCounter<i64>>>) {
        if let Some((active, handle)) = self.active.as_ref().zip(counted) {
            active.record_with(handle, -1);
        }
    }
}

fn size(meter: &Meter, spec: Size) -> Series<Histogram<u64>> {
    let mut builder = meter
        .u64_histogram(spec.name)
        .with_unit(spec.unit)
        .with_description(spec.description);
    if !spec.boundaries.is_empty() {
        builder = builder.with_boundaries(spec.boundaries.to_vec());
    }
    Series::new(builder.build())
}
