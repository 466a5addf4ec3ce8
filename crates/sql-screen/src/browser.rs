//! The browser, as far as only this screen needs it.

pub(crate) mod editor;
pub(crate) mod resize;

/// The time, in milliseconds since 1970.
pub(crate) fn now() -> f64 {
    js_sys::Date::now()
}

/// A time of that kind as people here read it, to the minute; without the day if that is today.
pub(crate) fn local_time(at: f64) -> String {
    let (date, today) = (js_sys::Date::new(&at.into()), js_sys::Date::new_0());
    let day = |date: &js_sys::Date| (date.get_full_year(), date.get_month() + 1, date.get_date());
    let time = format!("{:02}:{:02}", date.get_hours(), date.get_minutes());
    let (year, month, number) = day(&date);
    if day(&date) == day(&today) { time } else { format!("{year}-{month:02}-{number:02} {time}") }
}
