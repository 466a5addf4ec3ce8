// Files of votes for the tests, made on the spot, and what they must come to.

import { createHash } from "node:crypto";

/** Numbers from 0 to 1 that look random and are the same for the same seed. */
function random(seed) {
  let counter = 0;
  return () => createHash("sha256").update(`${seed}:${counter++}`).digest().readUInt32BE(0) / 2 ** 32;
}

/**
 * Votes with ascending ids from `firstId` on, over years whose ends fall on different weekdays, busy in some weeks and
 * quiet in others.
 *
 * @returns {{Id: string, PostId: string, VoteTypeId: string, CreationDate: string}[]}
 */
export function votes(count, { seed = "votes", firstId = 1, from = "2014-12-20", days = 1500 } = {}) {
  const next = random(seed);
  const start = Date.parse(`${from}T00:00:00Z`);
  const busy = Array.from({ length: Math.ceil(days / 7) + 1 }, () => 0.3 + 0.7 * next());
  const day = () => {
    for (;;) {
      const at = Math.floor(next() * days);
      if (next() < busy[Math.floor(at / 7)]) return at;
    }
  };
  return Array.from({ length: count }, (_, index) => ({
    Id: String(firstId + index),
    PostId: String(1 + Math.floor(next() * 1000)),
    VoteTypeId: "2",
    CreationDate: new Date(start + day() * 86_400_000).toISOString().slice(0, 23),
  }));
}

/** Votes as lines of JSON, with a newline at the end. */
export const ndjson = (records) => records.map((record) => `${JSON.stringify(record)}\n`).join("");

/** The days of some votes, as `YYYY-MM-DD`. */
export const daysOf = (records) => records.map((record) => record.CreationDate.slice(0, 10));

/** A line of exactly this many bytes that is JSON up to its last byte and has no end of line. */
export function* longLine(bytes, piece = 1 << 20) {
  const head = '{"Id":"1","PostId":"';
  yield head;
  for (let left = bytes - head.length; left > 0; left -= piece) yield "7".repeat(Math.min(left, piece));
}
