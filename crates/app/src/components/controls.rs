//! The rule for cutting weeks and the threshold. They act at once.

use sandglass_protocol::{ViewOptions, WeekRule};
use sandglass_ui::format;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::actions::use_actions;
use crate::store::tenths;

/// The rules: how they are called, their `data-testid`, and what they say.
const RULES: [(WeekRule, &str, &str, &str); 3] = [
    (
        WeekRule::Monday,
        "Monday",
        "rule-monday",
        "Weeks start on Monday; the days before a year\u{2019}s first Monday are its week 0 (%W).",
    ),
    (
        WeekRule::Sunday,
        "Sunday",
        "rule-sunday",
        "Weeks start on Sunday; the days before a year\u{2019}s first Sunday are its week 0 (%U).",
    ),
    (
        WeekRule::Iso,
        "ISO",
        "rule-iso",
        "ISO 8601: weeks start on Monday, and week 1 is the one with the year\u{2019}s first Thursday.",
    ),
];

/// Where the slider ends, in percent. The field goes further.
const SLIDER_END: u32 = 100;

/// The rule and threshold as they are.
#[derive(Properties, PartialEq)]
pub(crate) struct ControlsProps {
    /// What is counted, in the singular.
    pub(crate) noun: AttrValue,
    pub(crate) options: ViewOptions,
}

/// Both controls, and what the rule means.
#[component]
pub(crate) fn Controls(props: &ControlsProps) -> Html {
    let explanation = RULES.iter().find(|(rule, ..)| *rule == props.options.rule).map(|(.., text)| *text);
    html! {
        <div class="controls">
            <h2 id="weekly-title">{ format!("{}s per week", format::capitalised(&props.noun)) }</h2>
            <Rule rule={props.options.rule} />
            <ThresholdControl tenths={tenths(props.options.threshold)} />
            <p class="note">{ explanation }</p>
        </div>
    }
}

/// The rule as it is.
#[derive(Properties, PartialEq)]
struct RuleProps {
    rule: WeekRule,
}

#[component]
fn Rule(props: &RuleProps) -> Html {
    let actions = use_actions();
    html! {
        <fieldset class="segments">
            <legend>{ "Weeks begin" }</legend>
            <div>
                { for RULES.map(|(rule, name, test_id, explanation)| {
                    let actions = actions.clone();
                    html! {
                        <label title={explanation}>
                            <input
                                type="radio" name="rule" data-testid={test_id} checked={rule == props.rule}
                                onchange={Callback::from(move |_: Event| actions.use_rule(rule))}
                            />
                            <span>{ name }</span>
                        </label>
                    }
                }) }
            </div>
        </fieldset>
    }
}

/// The threshold as it is.
#[derive(Properties, PartialEq)]
struct ThresholdProps {
    tenths: u32,
}

#[component]
fn ThresholdControl(props: &ThresholdProps) -> Html {
    let actions = use_actions();
    let tenths = props.tenths;
    // What is being typed may not be a number yet.
    let typed = use_state_eq(|| format::tenths_plain(tenths));
    {
        let typed = typed.clone();
        use_effect_with(tenths, move |tenths| {
            if format::parse_tenths(&typed) != Some(*tenths) {
                typed.set(format::tenths_plain(*tenths));
            }
        });
    }
    let oninput = {
        let (actions, typed) = (actions.clone(), typed.setter());
        Callback::from(move |event: InputEvent| {
            let text = value_of(&event);
            if let Some(tenths) = format::parse_tenths(&text) {
                actions.use_threshold(tenths);
            }
            typed.set(text);
        })
    };
    let onblur = {
        let typed = typed.setter();
        Callback::from(move |_: FocusEvent| typed.set(format::tenths_plain(tenths)))
    };
    let onkeydown = {
        let actions = actions.clone();
        Callback::from(move |event: KeyboardEvent| {
            // A step from what it is by then: keys can come faster than this is drawn.
            let step = match event.key().as_str() {
                "ArrowUp" => 10,
                "ArrowDown" => -10,
                _ => return,
            };
            event.prevent_default();
            actions.step_threshold(step);
        })
    };
    let onslide = Callback::from(move |event: InputEvent| {
        if let Some(tenths) = format::parse_tenths(&value_of(&event)) {
            actions.use_threshold(tenths);
        }
    });
    let invalid = format::parse_tenths(&typed).is_none();
    html! {
        <div class="threshold">
            <label for="threshold">{ "Outlier beyond" }</label>
            <div>
                <input
                    id="threshold" class="percent" type="text" inputmode="decimal" autocomplete="off" size="5"
                    data-testid="threshold" value={(*typed).clone()} aria-invalid={invalid.then_some("true")}
                    {oninput} {onblur} {onkeydown}
                />
                <span aria-hidden="true">{ "%" }</span>
                <input
                    type="range" min="0" max={SLIDER_END.to_string()} step="1" aria-label="Threshold in percent"
                    data-testid="threshold-slider" value={(tenths / 10).min(SLIDER_END).to_string()} oninput={onslide}
                />
            </div>
        </div>
    }
}

fn value_of(event: &InputEvent) -> String {
    event.target_dyn_into::<HtmlInputElement>().map(|field| field.value()).unwrap_or_default()
}
