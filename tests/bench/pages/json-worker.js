// What one writes by hand: JSON.parse on every line, a Set of ids, a Map of days, and the weeks from the days.

const DAY = 86_400_000;

onmessage = async ({ data: file }) => {
  const ids = new Set();
  const days = new Map();
  const reader = file.stream().pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) count(line, ids, days);
  }
  if (rest) count(rest, ids, days);
  postMessage(outliers(days));
};
postMessage("ready");

function count(line, ids, days) {
  let vote;
  try {
    vote = JSON.parse(line);
  } catch {
    return;
  }
  const { Id, PostId, VoteTypeId, CreationDate } = vote;
  if (!(Number(Id) > 0 && Number(PostId) > 0 && Number(VoteTypeId) > 0) || typeof CreationDate !== "string") return;
  const day = CreationDate.slice(0, 10);
  const known = days.get(day);
  if (known === undefined && !isDay(day)) return;
  if (ids.has(Id)) return;
  ids.add(Id);
  days.set(day, (known ?? 0) + 1);
}

/** Whether there is such a day; the browser takes the 30th of February for the 2nd of March. */
function isDay(text) {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

function outliers(days) {
  const weeks = new Map();
  for (const [day, count] of days) {
    const date = new Date(`${day}T00:00:00Z`);
    const year = date.getUTCFullYear();
    const dayOfYear = (date.getTime() - Date.UTC(year, 0, 1)) / DAY;
    const key = year * 100 + Math.floor((dayOfYear + 7 - ((date.getUTCDay() + 6) % 7)) / 7);
    weeks.set(key, (weeks.get(key) ?? 0) + count);
  }
  const mean = [...weeks.values()].reduce((sum, count) => sum + count, 0) / weeks.size;
  return [...weeks]
    .filter(([, count]) => Math.abs(1 - count / mean) > 0.2)
    .sort(([left], [right]) => left - right)
    .map(([key, count]) => [Math.floor(key / 100), key % 100, count]);
}
