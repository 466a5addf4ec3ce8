// Weeks and outliers once more, written from the definitions and sharing nothing with the engine, so that what the page
// shows can be compared with it.

const DAY = 86_400_000;

/** Days since the first of January, from 0, and the weekday from 0 (Sunday), of a UTC date. */
function place(date) {
  const newYear = Date.UTC(date.getUTCFullYear(), 0, 1);
  return { dayOfYear: Math.round((date.getTime() - newYear) / DAY), weekday: date.getUTCDay() };
}

/** The rules for cutting days into weeks, as `YYYY-MM-DD -> [year, week]`. */
export const RULES = {
  /** %W: how many Mondays of this year there have been, this day included. */
  monday(day) {
    const date = new Date(`${day}T00:00:00Z`);
    const { dayOfYear, weekday } = place(date);
    return [date.getUTCFullYear(), Math.floor((dayOfYear + 7 - ((weekday + 6) % 7)) / 7)];
  },
  /** %U: the same with Sundays. */
  sunday(day) {
    const date = new Date(`${day}T00:00:00Z`);
    const { dayOfYear, weekday } = place(date);
    return [date.getUTCFullYear(), Math.floor((dayOfYear + 7 - weekday) / 7)];
  },
  /** ISO 8601: a week belongs to the year of its Thursday. */
  iso(day) {
    const date = new Date(`${day}T00:00:00Z`);
    const thursday = new Date(date.getTime() + (3 - ((date.getUTCDay() + 6) % 7)) * DAY);
    return [thursday.getUTCFullYear(), Math.floor(place(thursday).dayOfYear / 7) + 1];
  },
};

/** Counts per week of some days, `[[year, week, count], ...]` in order. */
export function weeks(days, rule) {
  const bucket = RULES[rule];
  const perDay = new Map();
  for (const day of days) perDay.set(day, (perDay.get(day) ?? 0) + 1);
  const counts = new Map();
  for (const [day, count] of perDay) {
    const [year, week] = bucket(day);
    const key = year * 100 + week;
    counts.set(key, (counts.get(key) ?? 0) + count);
  }
  return [...counts]
    .sort(([left], [right]) => left - right)
    .map(([key, count]) => [Math.floor(key / 100), key % 100, count]);
}

/** The weeks whose count is further from the mean than `tenths` tenths of a percent, decided in whole numbers. */
export function outliers(weeks, tenths) {
  const number = BigInt(weeks.length);
  const total = weeks.reduce((sum, [, , count]) => sum + BigInt(count), 0n);
  const far = (count) => {
    const distance = total - BigInt(count) * number;
    return (distance < 0n ? -distance : distance) * 1000n > BigInt(tenths) * total;
  };
  return weeks.filter(([, , count]) => far(count));
}
