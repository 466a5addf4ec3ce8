//! The sandglass of the page, an ornament.

use yew::prelude::*;

/// How full the lower half is.
#[derive(Properties, PartialEq)]
pub(crate) struct SandglassProps {
    /// From 0, all sand above, to 1, all below.
    #[prop_or(0.35)]
    pub(crate) share: f64,
    /// Whether sand is running.
    #[prop_or_default]
    pub(crate) running: bool,
    #[prop_or_default]
    pub(crate) class: Classes,
}

/// The height of the glass halves, in units of the drawing.
const HALF: f64 = 44.0;

/// The length of a grain and the gap after it in `.stream` of start.css.
const STREAM_PERIOD: f64 = 5.0;

/// A sandglass whose sand shows how far something has come.
#[component]
pub(crate) fn Sandglass(props: &SandglassProps) -> Html {
    let share = props.share.clamp(0.0, 1.0);
    // Each half is about a triangle with its tip at the waist, and the area of a triangle goes with the square of its
    // height.
    let above = HALF * (1.0 - share).sqrt();
    let below = HALF * (1.0 - (1.0 - share).sqrt());
    // It moves with the progress and not by itself: that would be a frame after the other while a file is read.
    let falling = (share * -997.0 % STREAM_PERIOD).to_string();
    html! {
        <svg
            class={classes!("sandglass", props.running.then_some("running"), props.class.clone())}
            viewBox="0 0 80 112"
            aria-hidden="true"
            focusable="false"
        >
            <clipPath id="glass-above"><path d="M16 12h48c0 22-12 34-22 44h-4C28 46 16 34 16 12z" /></clipPath>
            <clipPath id="glass-below"><path d="M38 56h4c10 10 22 22 22 44H16c0-22 12-34 22-44z" /></clipPath>
            <g class="glass">
                <path d="M16 12h48c0 22-12 34-22 44c10 10 22 22 22 44H16c0-22 12-34 22-44C28 46 16 34 16 12z" />
            </g>
            <g class="sand">
                <rect x="14" width="52" y={(56.0 - above).to_string()} height={above.to_string()} clip-path="url(#glass-above)" />
                <rect x="14" width="52" y={(100.0 - below).to_string()} height={below.to_string()} clip-path="url(#glass-below)" />
                if props.running {
                    <path class="stream" d="M40 54v46" stroke-dashoffset={falling} />
                }
            </g>
            <g class="frame">
                <path d="M10 8h60M10 104h60" />
                <path d="M16 12c0 22 12 34 22 44C28 66 16 78 16 100M64 12c0 22-12 34-22 44c10 10 22 22 22 44" />
            </g>
        </svg>
    }
}
