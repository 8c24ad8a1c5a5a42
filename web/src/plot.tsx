// Lines, steps and dots along one axis, drawn by uPlot. Dragging pans, the wheel zooms (with the
// control key, or once the chart has the focus), so do arrows, + and -; 0 and a double click go
// back. The same lines are saved as SVG, by plot_svg.ts.

import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export type Values = (number | null)[];

export interface Line {
  label: string;
  x: number[];
  y: Values;
  /** The band around it. */
  low?: Values;
  high?: Values;
  /** The variable of a colour. */
  colour: string;
  kind: 'line' | 'step' | 'dots';
  dash?: number[];
  /** Of dots: triangles are told from circles without their colour. */
  shape?: 'circle' | 'triangle';
  /** Drawn thin, beside what it goes with. */
  faint?: boolean;
  /** Where a step ends. */
  end?: number;
}

export interface PlotProps {
  lines: Line[];
  xTitle: string;
  yTitle: string;
  /** Of the legend. */
  show: (value: number) => string;
  /** The chart in words, for those who do not see it. */
  label: string;
  height?: number;
  /** x is Unix seconds. */
  time?: boolean;
  /** The part of y that is shown; all of it where it is not given. */
  yRange?: [number, number] | undefined;
  /** The part of x that is shown, and how that is told. */
  range?: [number, number] | null;
  onRange?: (range: [number, number] | null) => void;
  /** A click near x of this line. */
  onOpen?: (line: number, x: number) => void;
  /** Names the chart among several. */
  name?: string;
}

export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Columns of one x for all lines: y, low and high of each. A step holds until it is raised. */
export function align(lines: Line[]): [number[], ...Values[]] {
  const all = [...new Set(lines.flatMap((line) => (line.end === undefined ? line.x : [...line.x, line.end])))]
    .sort((a, b) => a - b);
  const at = new Map(all.map((x, i) => [x, i]));
  const columns: Values[] = [];
  for (const line of lines)
    for (const values of [line.y, line.low, line.high]) {
      const column: Values = new Array(all.length).fill(null);
      line.x.forEach((x, i) => (column[at.get(x)!] = values?.[i] ?? null));
      if (line.kind === 'step' && values && line.x.length) {
        let held: number | null = null;
        const end = line.end ?? line.x.at(-1)!;
        for (let i = at.get(line.x[0]!)!; i < all.length && all[i]! <= end; ++i)
          held = column[i] = column[i] ?? held;
      }
      columns.push(column);
    }
  return [all, ...columns];
}

function triangles(u: uPlot, series: number, first: number, last: number) {
  const { ctx } = u, size = 3.4 * devicePixelRatio;
  const [xs, ys] = [u.data[0], u.data[series]!];
  ctx.save();
  ctx.beginPath();
  ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
  ctx.clip();
  ctx.beginPath();
  for (let i = first; i <= last; ++i) {
    const y = ys[i];
    if (y === null || y === undefined) continue;
    const px = u.valToPos(xs[i]!, 'x', true), py = u.valToPos(y, 'y', true);
    ctx.moveTo(px, py - size);
    ctx.lineTo(px + size, py + size * 0.8);
    ctx.lineTo(px - size, py + size * 0.8);
    ctx.closePath();
  }
  ctx.fillStyle = (u.series[series]!.stroke as () => string)() + '66';
  ctx.fill();
  ctx.restore();
  return null;
}

/** The same part, but for the digits that an address has not. */
function near(a: Part, b: Part): boolean {
  if (!a || !b) return a === b;
  const width = b[1] - b[0];
  return Math.abs(a[0] - b[0]) < 1e-3 * width && Math.abs(a[1] - b[1]) < 1e-3 * width;
}

type Part = [number, number] | null;

/** Everything that a hand or a key does to the part of x that is seen; null is all of it. */
function moveBy(u: uPlot, all: () => [number, number], seenNow: (part: Part) => void, told: () => void) {
  let waiting = 0, timer = 0;
  let coming: Part = null; // with the next frame: a second key within one goes on from there
  const set = (min: number, max: number) => {
    const [low, high] = all();
    const width = Math.min(Math.max(max - min, (high - low) / 1e5), high - low);
    const from = Math.min(Math.max(min, low), high - width);
    seenNow(width > 0.999 * (high - low) ? null : [from, from + width]);
    cancelAnimationFrame(waiting);
    coming = [from, from + width];
    waiting = requestAnimationFrame(() => {
      coming = null;
      u.setScale('x', { min: from, max: from + width });
    });
    clearTimeout(timer);
    timer = window.setTimeout(told, 250);
  };
  const seen = (): [number, number] => coming ?? [u.scales.x!.min ?? 0, u.scales.x!.max ?? 1];
  const zoom = (factor: number, share = 0.5) => {
    const [min, max] = seen(), centre = min + share * (max - min);
    set(centre - (centre - min) * factor, centre + (max - centre) * factor);
  };
  const pan = (share: number) => {
    const [min, max] = seen(), step = share * (max - min);
    set(min + step, max + step);
  };
  const reset = () => set(...all());
  return { set, seen, zoom, pan, reset };
}

export function Plot(props: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const now = useRef(props);
  now.current = props;
  // The part that is seen: told to the address a little later than it is moved.
  const view = useRef<Part>(props.range ?? null);
  const told = useRef<Part>(view.current);
  const { lines } = props;
  const data = align(lines) as uPlot.AlignedData;
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const form = [dark, props.xTitle, props.yTitle, props.yRange, props.time, props.height,
    ...lines.map((line) => [line.label, line.kind, line.colour, line.dash, !line.low])].join();

  useEffect(() => {
    const frame = box.current;
    if (!frame) return;
    const { height = 340, yRange, time = false } = props;
    const ink = colour('--ink'), grid = colour('--grid');
    const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid } };
    const stepped = uPlot.paths.stepped!({ align: 1 });
    const circles = uPlot.paths.points!();
    const value = (_: uPlot, y: number | null) => (y === null ? '–' : now.current.show(y));
    const series: uPlot.Series[] = [{ label: props.xTitle }];
    const bands: uPlot.Band[] = [];
    const hidden: number[] = [];
    lines.forEach((line, k) => {
      const paint = colour(line.colour), at = 1 + 3 * k;
      const none = { show: false };
      const steps = line.kind === 'step' ? { paths: stepped } : {};
      if (line.kind === 'dots') {
        series.push({ label: line.label, stroke: paint, value, paths: line.shape === 'triangle' ? triangles : circles,
          points: line.shape === 'triangle' ? none : { show: true, size: 5, fill: paint + '66', stroke: paint + '66' } });
      } else {
        series.push({ label: line.label, stroke: paint, width: line.faint ? 1 : 2, value, points: none, spanGaps: true,
          ...(line.dash ? { dash: line.dash } : {}), ...steps });
      }
      for (const end of ['low', 'high'])
        series.push({ label: end, stroke: 'transparent', points: none, spanGaps: true, ...steps });
      hidden.push(at + 1, at + 2);
      if (line.low) bands.push({ series: [at + 2, at + 1], fill: paint + (line.faint ? '14' : '2e') });
    });
    const size = () => ({ width: frame.clientWidth, height });
    const made = new uPlot(
      {
        ...size(), series, bands,
        scales: { x: { time }, y: yRange ? { range: yRange } : {} },
        axes: [{ ...axis, label: props.xTitle }, { ...axis, label: props.yTitle, size: 64 }],
        legend: { show: true },
        cursor: { drag: { x: false, y: false, setScale: false }, bind: { dblclick: () => null } },
      },
      data, frame);
    plot.current = made;
    // The ends of bands stand in no legend.
    const rows = made.root.querySelectorAll('.u-legend .u-series');
    hidden.forEach((i) => rows[i]?.remove());

    const ends = (): [number, number] => {
      const x = made.data[0];
      const [low, high] = [x[0] ?? 0, x.at(-1) ?? 1];
      return low < high ? [low, high] : [low - 0.5, high + 0.5];
    };
    const hand = moveBy(made, ends, (part) => (view.current = part), () => {
      told.current = view.current;
      now.current.onRange?.(view.current);
    });
    const over = made.over;
    let held: { x: number; min: number; max: number; moved: boolean } | null = null;
    over.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      const [min, max] = hand.seen();
      held = { x: event.clientX, min, max, moved: false };
      over.setPointerCapture(event.pointerId);
    });
    over.addEventListener('pointermove', (event) => {
      if (!held) return;
      const apart = event.clientX - held.x;
      if (Math.abs(apart) > 3) held.moved = true;
      if (!held.moved) return;
      const step = (-apart / over.clientWidth) * (held.max - held.min);
      hand.set(held.min + step, held.max + step);
    });
    over.addEventListener('pointerup', (event) => {
      const clicked = held && !held.moved;
      held = null;
      if (!clicked || !now.current.onOpen) return;
      const frame = over.getBoundingClientRect();
      const [px, py] = [event.clientX - frame.left, event.clientY - frame.top];
      let best = -1, least = 12 * 12, where = 0;
      now.current.lines.forEach((line, k) => {
        if (line.kind !== 'dots') return;
        line.x.forEach((x, i) => {
          const y = line.y[i];
          if (y === null || y === undefined) return;
          const apart = (made.valToPos(x, 'x') - px) ** 2 + (made.valToPos(y, 'y') - py) ** 2;
          if (apart < least) [best, least, where] = [k, apart, i];
        });
      });
      if (best >= 0) now.current.onOpen(best, where);
    });
    over.addEventListener('pointercancel', () => (held = null));
    over.addEventListener('dblclick', () => hand.reset());
    over.addEventListener('wheel', (event) => {
      if (!event.ctrlKey && !frame.contains(document.activeElement)) return;
      event.preventDefault();
      hand.zoom(1.0015 ** event.deltaY, (event.clientX - over.getBoundingClientRect().left) / over.clientWidth);
    }, { passive: false });
    const key = (event: KeyboardEvent) => {
      const act: Record<string, () => void> = {
        ArrowLeft: () => hand.pan(-0.1), ArrowRight: () => hand.pan(0.1),
        '+': () => hand.zoom(0.8), '=': () => hand.zoom(0.8), '-': () => hand.zoom(1.25), '0': hand.reset,
      };
      if (event.ctrlKey || event.metaKey || event.altKey || !act[event.key]) return;
      event.preventDefault();
      act[event.key]!();
    };
    frame.addEventListener('keydown', key);
    if (view.current) made.setScale('x', { min: view.current[0], max: view.current[1] });
    const watch = new ResizeObserver(() => made.setSize(size()));
    watch.observe(frame);
    return () => {
      watch.disconnect();
      frame.removeEventListener('keydown', key);
      made.destroy();
      plot.current = null;
    };
  }, [form]);

  // New data under the same axes: who looks at a part of it goes on looking at that.
  const seen = useRef<Line[] | null>(null);
  useEffect(() => {
    if (seen.current === lines || !plot.current) return;
    seen.current = lines;
    plot.current.setData(data, !view.current);
    if (view.current) plot.current.setScale('x', { min: view.current[0], max: view.current[1] });
  });

  // An address that names another part: of a link, or of the way back.
  useEffect(() => {
    const range = props.range ?? null, made = plot.current;
    if (near(range, told.current) || !made) return;
    told.current = view.current = range;
    const [min, max] = range ?? [made.data[0][0] ?? 0, made.data[0].at(-1) ?? 1];
    made.setScale('x', { min, max });
  }, [props.range?.join()]);

  return <div ref={box} class="chart" tabIndex={0} role="application" aria-label={props.label}
    style={{ minHeight: `${props.height ?? 340}px` }} />;
}
