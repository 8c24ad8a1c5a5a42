// Trials as points of two measures: both arms, the Pareto front of each, a rectangle that filters.

import { useRef, useState } from 'preact/hooks';
import type { ArmPoints, PointColumn, Points } from './api';
import { place, scaleOf, tickOf, ticks, valueAt, type Scale } from './axes';
import { setRanges, type Range } from './filters';
import { go } from './route';
import { useWidth } from './use_width';
import { armName, columnName, columnValue } from './words';

const kHeight = 420;
const kMargin = { left: 64, leftOfNames: 150, right: 16, top: 12, bottom: 46 };

interface Point {
  arm: string;
  number: number;
  x: number;
  y: number;
  values: [number, number];
  matches: boolean;
}

function mark(arm: string, x: number, y: number): string {
  const [px, py] = [x.toFixed(1), y.toFixed(1)];
  return arm === 'search'
    ? `M${px} ${py}m-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0`
    : `M${px} ${py}m0 -4.4l4 7h-8z`;
}

function pointsOf(arms: Record<string, ArmPoints>, x: Scale, y: Scale): Point[] {
  return Object.entries(arms).flatMap(([arm, points]) =>
    points.numbers.flatMap((number, k) => {
      const a = points.values[0]?.[k] ?? null, b = points.values[1]?.[k] ?? null;
      if (a === null || b === null || (x.log && a <= 0) || (y.log && b <= 0)) return [];
      return [{ arm, number, x: place(x, a), y: place(y, b), values: [a, b] as [number, number],
        matches: points.matches[k] === 1 }];
    }));
}

/** The front as a staircase, the edge of all that it beats; of more than two measures rings, as no line parts them. */
function frontPath(all: Point[], arm: string, points: Points): string {
  const front = new Set(points.arms[arm]!.front);
  const line = all.filter((p) => p.arm === arm && front.has(p.number)).sort((a, b) => a.x - b.x || b.y - a.y);
  if (points.front_of.length > 2)
    return line.map((p) => `M${p.x.toFixed(1)} ${p.y.toFixed(1)}m-6 0a6 6 0 1 0 12 0a6 6 0 1 0 -12 0`).join('');
  // Where less of x is better a place right of a trial is beaten by it, else one left of it.
  const rightFirst = points.columns[0]!.direction === 'minimize';
  return line.map((p, k) => {
    const [px, py] = [p.x.toFixed(1), p.y.toFixed(1)];
    return k === 0 ? `M${px} ${py}` : rightFirst ? `H${px}V${py}` : `V${py}H${px}`;
  }).join('');
}

interface Props {
  points: Points;
  study: string;
  strategy: string | undefined;
  percent: boolean;
  logs: [boolean, boolean];
  ranges: Range[];
}

export function Scatter({ points, study, strategy, percent, logs, ranges }: Props) {
  const [box, width] = useWidth<HTMLDivElement>();
  const svg = useRef<SVGSVGElement>(null);
  const [near, setNear] = useState<Point | null>(null);
  const [drag, setDrag] = useState<[number, number, number, number] | null>(null);
  const [a, b] = points.columns as [PointColumn, PointColumn];
  const column = (k: number) => Object.values(points.arms).flatMap((arm) => arm.values[k] ?? []);
  // Names and times are longer than numbers.
  const left = b.choices || b.name === 'finished' ? kMargin.leftOfNames : kMargin.left;
  const x = scaleOf(column(0), logs[0], left, Math.max(width, 200) - kMargin.right);
  const y = scaleOf(column(1), logs[1], kHeight - kMargin.bottom, kMargin.top);
  const all = pointsOf(points.arms, x, y);
  const label = (scale: PointColumn, value: number) =>
    scale.choices ? (scale.choices[value] ?? '')
      : tickOf(scale.name, value, percent);
  const title = (scale: PointColumn) =>
    columnName(scale.name) + (scale.name === 'reward' && percent ? ', %' : '') +
    (points.front_of.includes(scale.name) ? (scale.direction === 'minimize' ? ' (less is better)' : ' (more is better)') : '');
  const tell = (p: Point) =>
    `${armName(p.arm, strategy)} trial ${p.number}: ${columnName(a.name)} ${columnValue(a, p.values[0], percent)}, ${columnName(b.name)} ${columnValue(b, p.values[1], percent)}`;

  const at = (event: PointerEvent | MouseEvent): [number, number] => {
    const frame = svg.current!.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top];
  };
  const nearest = ([px, py]: [number, number], most: number) => {
    let best: Point | null = null, least = most * most;
    for (const p of all) {
      const apart = (p.x - px) ** 2 + (p.y - py) ** 2 + (p.matches ? 0 : 9);
      if (apart < least) [best, least] = [p, apart];
    }
    return best;
  };
  const open = (p: Point) => go(`/study/${study}/trial/${p.arm}/${p.number}`);
  const within = ([px, py]: [number, number]): [number, number] => [
    Math.min(Math.max(px, x.from), x.to), Math.min(Math.max(py, y.to), y.from)];
  const move = (event: PointerEvent) => {
    if (drag) {
      const [px, py] = within(at(event));
      setDrag([drag[0], drag[1], px, py]);
    } else setNear(nearest(at(event), 20));
  };
  const up = (event: PointerEvent) => {
    if (!drag) return;
    const [x0, y0, x1, y1] = drag;
    setDrag(null);
    if (Math.abs(x1 - x0) > 5 && Math.abs(y1 - y0) > 5) {
      setRanges(ranges, {
        [a.name]: [valueAt(x, x0), valueAt(x, x1)],
        [b.name]: [valueAt(y, y0), valueAt(y, y1)],
      });
    } else {
      const p = nearest(at(event), 20);
      if (p) open(p);
    }
  };
  // With the keyboard: from point to point along x, Enter opens, Escape takes the rectangle away.
  const key = (event: KeyboardEvent) => {
    const shown = all.filter((p) => p.matches).sort((p, q) => p.x - q.x || p.y - q.y);
    const now = near ? shown.findIndex((p) => p.arm === near.arm && p.number === near.number) : -1;
    const step = { ArrowRight: 1, ArrowLeft: -1, PageDown: 20, PageUp: -20, Home: -1e9, End: 1e9 }[event.key];
    if (step !== undefined && shown.length) {
      setNear(shown[Math.min(Math.max(now + step, 0), shown.length - 1)]!);
    } else if (event.key === 'Enter' && near) open(near);
    else if (event.key === 'Escape') setRanges(ranges, { [a.name]: null, [b.name]: null });
    else return;
    event.preventDefault();
  };
  const range = (name: string) => ranges.find((one) => one.column === name);
  const rx = range(a.name), ry = range(b.name);
  const clip = (scale: Scale, value: number) =>
    Math.min(Math.max(place(scale, scale.log ? Math.max(value, scale.low) : value), Math.min(scale.from, scale.to)), Math.max(scale.from, scale.to));
  const shade = rx || ry ? {
    x0: rx ? clip(x, rx.low) : x.from, x1: rx ? clip(x, rx.high) : x.to,
    y0: ry ? clip(y, ry.high) : y.to, y1: ry ? clip(y, ry.low) : y.from,
  } : null;
  const arms = Object.keys(points.arms);
  const summary = `${columnName(b.name)} against ${columnName(a.name)} of ${all.length} trials. ` +
    'Arrow keys go from trial to trial, Enter opens one.';
  return (
    <div ref={box} class="drawn">
      {width > 0 && (
        <svg ref={svg} class="graph scatter" width={width} height={kHeight} tabindex={0} role="application"
          aria-label={summary} aria-describedby="scatter-near" onKeyDown={key} onPointerMove={move}
          onPointerDown={(event) => {
            if (event.button !== 0) return;
            svg.current!.setPointerCapture(event.pointerId);
            const [px, py] = within(at(event));
            setDrag([px, py, px, py]);
          }}
          onPointerUp={up} onPointerCancel={() => setDrag(null)}
          onPointerLeave={() => !drag && setNear(null)}>
          {ticks(x, Math.max(3, width / 110)).map((t) => (a.choices && !Number.isInteger(t) ? null : (
            <g key={'x' + t}>
              <line class="grid" x1={place(x, t)} x2={place(x, t)} y1={y.to} y2={y.from} />
              <text x={place(x, t)} y={y.from + 18} text-anchor="middle">{label(a, t)}</text>
            </g>
          )))}
          {(b.choices?.map((_, k) => k) ?? ticks(y, 7)).map((t) => (
            <g key={'y' + t}>
              <line class="grid" x1={x.from} x2={x.to} y1={place(y, t)} y2={place(y, t)} />
              <text x={x.from - 8} y={place(y, t) + 4} text-anchor="end">{label(b, t)}</text>
            </g>
          ))}
          <text class="axis" x={(x.from + x.to) / 2} y={kHeight - 8} text-anchor="middle">{title(a)}</text>
          <text class="axis" text-anchor="middle"
            transform={`translate(14 ${(y.from + y.to) / 2}) rotate(-90)`}>{title(b)}</text>
          {shade && <rect class="brushed" x={shade.x0} y={shade.y0} width={Math.max(0, shade.x1 - shade.x0)}
            height={Math.max(0, shade.y1 - shade.y0)} />}
          {[false, true].map((matches) => arms.slice().reverse().map((arm) => (
            <path key={arm + matches} class={`mark ${arm} ${matches ? '' : 'outside'}`}
              d={all.filter((p) => p.arm === arm && p.matches === matches).map((p) => mark(arm, p.x, p.y)).join('')} />
          )))}
          {arms.map((arm) => (
            <path key={arm} class={`front ${arm}`} d={frontPath(all, arm, points)} />
          ))}
          {near && <circle class="near" data-passing cx={near.x} cy={near.y} r="8" />}
          {drag && <rect class="brush" data-passing x={Math.min(drag[0], drag[2])} y={Math.min(drag[1], drag[3])}
            width={Math.abs(drag[2] - drag[0])} height={Math.abs(drag[3] - drag[1])} />}
        </svg>
      )}
      <p id="scatter-near" class="quiet hint" role="status">{near ? tell(near) : 'Point at a trial for its numbers.'}</p>
    </div>
  );
}
