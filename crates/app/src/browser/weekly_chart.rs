//! The weekly chart, as it is drawn by the bundle for charts.

use sandglass_ui::browser::charts::{Drawn, plain};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use web_sys::Element;

use crate::chart_spec::{Datasets, Palette, Span, weekly};

/// What changes in a chart that stays: rows, the span, or both.
#[derive(Serialize, Default)]
struct Change<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    datasets: Option<&'a Datasets>,
    #[serde(skip_serializing_if = "Option::is_none")]
    params: Option<Params>,
}

/// The parameters of [`weekly`].
#[derive(Serialize)]
struct Params {
    from: f64,
    to: f64,
}

impl From<Span> for Params {
    fn from(span: Span) -> Self {
        Self { from: span.start_time(), to: span.end_time() }
    }
}

/// A drawn chart.
pub(crate) struct Chart {
    drawn: Drawn,
    // They are called from the chart's listeners, so they live as long.
    _on_span: Closure<dyn Fn(f64, f64)>,
    _on_reset: Closure<dyn Fn()>,
}

impl Chart {
    /// Loads the bundle if need be and draws the weekly chart in `element`.
    pub(crate) async fn draw(
        element: &Element,
        palette: &Palette,
        datasets: &Datasets,
        span: Span,
        on_span: impl Fn(f64, f64) + 'static,
        on_reset: impl Fn() + 'static,
    ) -> Result<Self, JsValue> {
        let on_span = Closure::<dyn Fn(f64, f64)>::new(on_span);
        let on_reset = Closure::<dyn Fn()>::new(on_reset);
        let initial = plain(&Change { datasets: Some(datasets), params: Some(span.into()) })?;
        let options = js_sys::Object::new();
        for (name, value) in [
            ("hover", &JsValue::from_str("weeks")),
            ("initial", &initial),
            ("onSpan", on_span.as_ref()),
            ("onReset", on_reset.as_ref()),
        ] {
            js_sys::Reflect::set(&options, &JsValue::from_str(name), value)?;
        }
        let drawn = Drawn::render(element, &plain(&weekly(palette, span))?, &options).await?;
        Ok(Self { drawn, _on_span: on_span, _on_reset: on_reset })
    }

    /// Shows other rows, another span, or both, in the same chart.
    pub(crate) fn set(&self, datasets: Option<&Datasets>, span: Option<Span>) {
        // Cannot fail for what this module makes.
        if let Ok(change) = plain(&Change { datasets, params: span.map(Params::from) }) {
            self.drawn.update(&change);
        }
    }

    /// The drawing, for those who take it away.
    pub(crate) fn drawn(&self) -> &Drawn {
        &self.drawn
    }
}
