//! The head of the page: the name, and the buttons that are always there.

use sandglass_protocol::Keeping;
use sandglass_ui::icon::{Icon, Picture};
use yew::prelude::*;

use super::confirm::Confirm;
use super::file_buttons::{FileButton, Pick};
use super::keeping::KeepingChip;
use super::upkeep::UpkeepButton;
use crate::actions::use_actions;
use crate::hooks::Theme;
use crate::store::Screen;

/// What the head depends on.
#[derive(Properties, PartialEq)]
pub(crate) struct HeaderProps {
    /// Whether there are tables.
    pub(crate) has_data: bool,
    /// Whether they stay.
    pub(crate) keeping: Keeping,
    /// Whether they are on the page.
    pub(crate) at_results: bool,
    /// Whether the SQL workspace is.
    pub(crate) at_sql: bool,
    /// The look that was chosen.
    pub(crate) theme: Theme,
    /// Chooses another.
    pub(crate) choose_theme: Callback<Theme>,
}

/// The head of the page.
#[component]
pub(crate) fn Header(props: &HeaderProps) -> Html {
    let actions = use_actions();
    let asking = use_state_eq(|| false);
    let home = use_callback(actions.clone(), |_: MouseEvent, actions| actions.show(Screen::Start));
    let sql = use_callback(actions.clone(), |_: MouseEvent, actions| actions.show_sql());
    let ask = use_callback(asking.setter(), |_: MouseEvent, asking| asking.set(true));
    let start_over = use_callback((asking.setter(), actions), |sure: bool, (asking, actions)| {
        asking.set(false);
        if sure {
            actions.start_over();
        }
    });
    html! {
        <header class="head">
            <button type="button" class="brand" onclick={home} title="Go to the first view; the data stays">
                <Logo />
                <span>{ "Sandglass" }</span>
            </button>
            <div class="head-actions">
                if props.has_data {
                    <KeepingChip keeping={props.keeping.clone()} />
                }
                <button type="button" class="quiet" data-testid="sql" aria-current={props.at_sql.then_some("page")} onclick={sql}>
                    <Icon of={Picture::Query} /><span>{ "SQL" }</span>
                </button>
                if props.has_data || props.keeping.is_saved() {
                    <UpkeepButton />
                }
                if props.at_results || props.at_sql {
                    <FileButton pick={Pick::Files} class="quiet" icon={Picture::Plus} test_id="add-files">
                        { "Add files" }
                    </FileButton>
                }
                if props.has_data {
                    <button type="button" class="quiet" data-testid="start-over" onclick={ask}>
                        <Icon of={Picture::Restart} />
                        <span>{ "Start over" }</span>
                    </button>
                }
                <ThemeButton theme={props.theme} choose={props.choose_theme.clone()} />
            </div>
            if *asking {
                <Confirm
                    title="Start over?"
                    text="All tables are removed from this browser for good, with their rejects and their history. Your files are not touched."
                    yes="Remove the tables"
                    answer={start_over}
                />
            }
        </header>
    }
}

/// What the button shows and does.
#[derive(Properties, PartialEq)]
struct ThemeButtonProps {
    theme: Theme,
    choose: Callback<Theme>,
}

#[component]
fn ThemeButton(props: &ThemeButtonProps) -> Html {
    let (picture, name) = match props.theme {
        Theme::System => (Picture::Contrast, "as the system"),
        Theme::Light => (Picture::Sun, "light"),
        Theme::Dark => (Picture::Moon, "dark"),
    };
    let next = props.theme.next();
    let onclick = props.choose.reform(move |_: MouseEvent| next);
    let label = format!("Colours: {name}. Change");
    html! {
        <button type="button" class="quiet round" data-testid="theme" title={label.clone()} aria-label={label} {onclick}>
            <Icon of={picture} />
        </button>
    }
}

/// A sandglass small enough for a line of text.
#[component]
fn Logo() -> Html {
    html! {
        <svg class="logo" viewBox="0 0 24 28" aria-hidden="true" focusable="false">
            <path class="logo-sand" d="M8 9h8c-1 2.5-2.600 3.600-4 5c-1.400-1.400-3-2.500-4-5zM6.500 23.500c.6-2.500 2.500-4 5.500-5.500c3 1.500 4.900 3 5.500 5.500z" />
            <path class="logo-frame" d="M4 3.500h16M4 24.500h16M6 4c0 5 3 7.500 5.200 10C9 16.500 6 19 6 24M18 4c0 5-3 7.500-5.200 10c2.200 2.500 5.200 5 5.200 10" />
        </svg>
    }
}
