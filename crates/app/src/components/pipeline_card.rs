//! What the votes pipeline expects, with an example.

use yew::prelude::*;

/// Columns: name, what it holds, and whether it may be missing.
const COLUMNS: [(&str, &str, bool); 6] = [
    ("Id", "whole number; of two votes with the same Id the first is kept", false),
    ("PostId", "whole number", false),
    ("VoteTypeId", "whole number", false),
    ("CreationDate", "date, or date and time; with an offset it is taken to UTC", false),
    ("UserId", "whole number", true),
    ("BountyAmount", "whole number", true),
];

/// A line that the pipeline takes.
const EXAMPLE: &str = r#"{"Id":"1","PostId":"7","VoteTypeId":"2","CreationDate":"2017-02-28T00:00:00.000"}"#;

/// The card of the votes pipeline.
#[component]
pub(crate) fn PipelineCard() -> Html {
    html! {
        <section class="pipeline" aria-labelledby="pipeline-title">
            <h2 id="pipeline-title">{ "What a file of votes looks like" }</h2>
            <p>{ "Keys may come in any order, numbers may be strings, and keys not named here become columns of their own." }</p>
            <pre class="example" tabindex="0" role="region" aria-label="An example line"><code>{ EXAMPLE }</code></pre>
            <dl class="expected">
                { for COLUMNS.map(|(name, holds, optional)| html! {
                    <div>
                        <dt>
                            <code>{ name }</code>
                            if optional {
                                <span class="optional">{ "optional" }</span>
                            }
                        </dt>
                        <dd>{ holds }</dd>
                    </div>
                }) }
            </dl>
            <p>{ "What you get: each vote once, votes per week with their mean, and the weeks far from it. A line that cannot be taken is listed with its place and the reason." }</p>
        </section>
    }
}
