// Scales of charts that are drawn as SVG, and their ticks.

export interface Scale {
  low: number;
  high: number;
  log: boolean;
  /** Pixels of the two ends. */
  from: number;
  to: number;
}

/** A scale that holds these values; a log scale only the positive ones. */
export function scaleOf(values: Iterable<number | null>, log: boolean, from: number, to: number): Scale {
  let low = Infinity, high = -Infinity;
  for (const value of values) {
    if (value === null || !Number.isFinite(value) || (log && value <= 0)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) [low, high] = log ? [1, 10] : [0, 1];
  if (low === high) {
    if (log) [low, high] = [low / 2, high * 2];
    else [low, high] = [low - Math.max(0.5, Math.abs(low) * 0.05), high + Math.max(0.5, Math.abs(high) * 0.05)];
  } else if (log) {
    const room = (high / low) ** 0.04;
    [low, high] = [low / room, high * room];
  } else {
    const room = 0.04 * (high - low);
    [low, high] = [low - room, high + room];
  }
  return { low, high, log, from, to };
}

export function place(scale: Scale, value: number): number {
  const share = scale.log
    ? Math.log(value / scale.low) / Math.log(scale.high / scale.low)
    : (value - scale.low) / (scale.high - scale.low);
  return scale.from + share * (scale.to - scale.from);
}

export function valueAt(scale: Scale, pixel: number): number {
  const share = (pixel - scale.from) / (scale.to - scale.from);
  return scale.log
    ? scale.low * (scale.high / scale.low) ** share
    : scale.low + share * (scale.high - scale.low);
}

/** Round numbers within the scale, about `count` of them. */
export function ticks(scale: Scale, count: number): number[] {
  const { low, high } = scale;
  if (scale.log) {
    const all: number[] = [];
    for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); ++e)
      for (const m of [1, 2, 5]) all.push(m * 10 ** e);
    let within = all.filter((t) => t >= low && t <= high);
    if (within.length > 2 * count) within = within.filter((t) => Math.abs(Math.log10(t) % 1) < 1e-9);
    if (within.length > 1) return within;
  }
  const rough = (high - low) / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough) ?? rough;
  const list: number[] = [];
  for (let k = Math.ceil(low / step); k * step <= high; ++k) list.push(Number((k * step).toPrecision(12)));
  return list;
}

/** A tick of a column: rewards in per cent where they are accuracies, times by the clock. */
export function tickOf(name: string, value: number, percent: boolean): string {
  if (name === 'finished')
    return new Date(1000 * value).toLocaleString([], { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
  return name === 'reward' && percent ? short(100 * value) : short(value);
}

/** Short, for ticks: 1.2M, 350k, 0.05. */
export function short(value: number): string {
  const size = Math.abs(value);
  for (const [unit, name] of [[1e9, 'G'], [1e6, 'M'], [1e3, 'k']] as const)
    if (size >= 10 * unit || (size >= unit && value % (unit / 10) === 0))
      return Number((value / unit).toPrecision(4)) + name;
  return Number(value.toPrecision(4)).toString();
}
