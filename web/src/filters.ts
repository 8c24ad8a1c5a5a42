// Ranges of columns that trials must lie in: in the address as where=reward:0.5:0.9,...

import { go, withQuery } from './route';

export interface Range {
  column: string;
  low: number;
  high: number;
}

export function readRanges(text: string | null): Range[] {
  return (text ?? '').split(',').flatMap((part) => {
    const found = /^(.+):([^:]+):([^:]+)$/.exec(part);
    if (!found) return [];
    const [, column, low, high] = found;
    const range = { column: column!, low: Number(low), high: Number(high) };
    return Number.isFinite(range.low) && Number.isFinite(range.high) ? [range] : [];
  });
}

export function writeRanges(ranges: Range[]): string {
  return ranges
    .map((r) => `${r.column}:${Number(r.low.toPrecision(10))}:${Number(r.high.toPrecision(10))}`)
    .join(',');
}

/** Puts these columns' ranges in place of what they had; null takes one's away. */
export function setRanges(before: Range[], changes: Record<string, [number, number] | null>) {
  const kept = before.filter((range) => !(range.column in changes));
  for (const [column, range] of Object.entries(changes))
    if (range) kept.push({ column, low: Math.min(...range), high: Math.max(...range) });
  go(withQuery({ where: kept.length ? writeRanges(kept) : null }), true);
}
