//! The icons, drawn here so that nothing has to be fetched. They are ornaments: what a button does is in its text.

use yew::prelude::*;

/// What can be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Picture {
    /// A sheet of paper.
    File,
    /// A folder.
    Folder,
    /// A plus: one more.
    Plus,
    /// A cross: away with it.
    Close,
    /// An arrow down to a line.
    Download,
    /// Two sheets.
    Copy,
    /// A tick.
    Done,
    /// An arrow round.
    Restart,
    /// Light.
    Sun,
    /// Dark.
    Moon,
    /// Half light, half dark.
    Contrast,
    /// A table.
    Table,
    /// A key.
    Key,
    /// A clock.
    Clock,
    /// An exclamation mark in a circle.
    Error,
    /// An exclamation mark in a triangle.
    Warning,
    /// An i in a circle.
    Info,
    /// A lock.
    Lock,
    /// A triangle to the right.
    Run,
    /// A pencil.
    Pencil,
    /// Bars of a chart.
    Bars,
    /// A prompt.
    Query,
}

impl Picture {
    /// The outline on a grid of 20 by 20.
    fn outline(self) -> &'static str {
        match self {
            Self::File => "M5 2.5h6.5L15.5 6.5v11h-10.5zM11.5 2.5v4h4",
            Self::Folder => "M2.5 5.5v10h15v-8h-8l-2-2.5h-5z",
            Self::Plus => "M10 4v12M4 10h12",
            Self::Close => "M5 5l10 10M15 5L5 15",
            Self::Download => "M10 3v9M6 8.5l4 4 4-4M3.5 16.5h13",
            Self::Copy => "M7 7h9.5v9.5H7zM13 7V3.5H3.5V13H7",
            Self::Done => "M4 10.5l4 4 8-9",
            Self::Restart => "M4.5 10a5.5 5.5 0 1 0 2-4.3M6.5 2.5v3.5h3.5",
            Self::Sun => {
                "M10 6.5a3.5 3.5 0 1 0 0 7a3.5 3.5 0 0 0 0-7M10 2v2M10 16v2M2 10h2M16 10h2M4.3 4.3l1.5 1.5M14.2 14.2l1.5 1.5M15.7 4.3l-1.5 1.5M5.8 14.2l-1.5 1.5"
            }
            Self::Moon => "M16.5 12.2A7 7 0 0 1 7.8 3.5a7 7 0 1 0 8.7 8.7z",
            Self::Contrast => "M10 3a7 7 0 1 0 0 14a7 7 0 0 0 0-14",
            Self::Table => "M3 4h14v12H3zM3 8h14M3 12h14M8.5 8v8",
            Self::Key => "M12.5 3.5a4 4 0 1 0 0 8a4 4 0 0 0 0-8M9.7 10.3L3.5 16.5h3v-2h2v-2",
            Self::Clock => "M10 2.5a7.5 7.5 0 1 0 0 15a7.5 7.5 0 0 0 0-15M10 5.5v5l3 2",
            Self::Error => "M10 2.5a7.5 7.5 0 1 0 0 15a7.5 7.5 0 0 0 0-15M10 6v5M10 13.5v.5",
            Self::Warning => "M10 3L2.5 16.5h15zM10 8v4.5M10 14.2v.3",
            Self::Info => "M10 2.5a7.5 7.5 0 1 0 0 15a7.5 7.5 0 0 0 0-15M10 9v5M10 6v.5",
            Self::Run => "M6 3.5l10 6.500l-10 6.500z",
            Self::Pencil => "M4 16l.8-3.500L13.500 3.800l2.700 2.700L7.500 15.200zM11.500 5.800l2.700 2.700",
            Self::Bars => "M4 16.500v-5M8 16.500V6M12 16.500V9M16 16.500V3.500",
            Self::Query => "M3 4.500l4.500 4.500L3 13.500M9.500 15.500h7.500",
            Self::Lock => "M5 9h10v8H5zM7 9V6.5a3 3 0 0 1 6 0V9",
        }
    }
}

/// What to draw.
#[derive(Properties, PartialEq)]
pub struct IconProps {
    /// The picture.
    pub of: Picture,
}

/// An icon in the colour and size of the text beside it.
#[component]
pub fn Icon(props: &IconProps) -> Html {
    html! {
        <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
            <path d={props.of.outline()} />
            if props.of == Picture::Contrast {
                <path class="filled" d="M10 3a7 7 0 0 1 0 14z" />
            }
        </svg>
    }
}
