//! What the style sheet gives an element.

use web_sys::{CssStyleDeclaration, HtmlElement};

use super::window;

/// The computed style of an element.
pub struct Style(Option<CssStyleDeclaration>);

impl Style {
    /// That of this element, as it is now.
    pub fn of(element: &HtmlElement) -> Self {
        Self(window().get_computed_style(element).ok().flatten())
    }

    /// A property, or nothing if it has none.
    pub fn get(&self, name: &str) -> String {
        let value = self.0.as_ref().and_then(|style| style.get_property_value(name).ok());
        value.unwrap_or_default().trim().to_owned()
    }

    /// The size of its text in pixels, where the browser tells.
    pub fn font_size(&self) -> Option<f64> {
        self.get("font-size").trim_end_matches("px").parse().ok()
    }

    /// The size of the text of a chart: a little smaller than the text around it.
    pub fn chart_font_size(&self) -> u32 {
        self.font_size().map_or(12, |size| (size * 0.8).round() as u32)
    }
}
