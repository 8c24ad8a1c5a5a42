// Parallel coordinates: each trial as a line through its values on several axes. A range that is
// dragged on an axis filters all views of the page.

import { useMemo, useRef, useState } from 'preact/hooks';
import type { PointColumn, Points } from './api';
import { place, scaleOf, tickOf, ticks, valueAt, type Scale } from './axes';
import { setRanges, type Range } from './filters';
import { useWidth } from './use_width';
import { columnName } from './words';

const kHeight = 360, kTop = 44, kBottom = 16, kLeastGap = 92, kLeft = 40, kRight = 96;
/** Lines of one path are as dark as one alone: in so many paths, where many pass shows. */
const kBundles = 24;

interface Props {
  points: Points;
  /** Places of the axes among the points' columns. */
  axes: number[];
  percent: boolean;
  ranges: Range[];
}

export function Parallel({ points, axes, percent, ranges }: Props) {
  const [box, outer] = useWidth<HTMLDivElement>();
  const svg = useRef<SVGSVGElement>(null);
  const [drag, setDrag] = useState<{ axis: number; y0: number; y1: number } | null>(null);
  const width = Math.max(outer, kLeft + kRight + kLeastGap * (axes.length - 1));
  const columns = axes.map((k) => points.columns[k]!);
  const at = (k: number) => (axes.length < 2 ? width / 2 : kLeft + (k * (width - kLeft - kRight)) / (axes.length - 1));
  const scales: Scale[] = axes.map((k, i) => {
    const column = columns[i]!;
    const values = column.choices
      ? [0, column.choices.length - 1]
      : Object.values(points.arms).flatMap((arm) => arm.values[k] ?? []);
    return scaleOf(values, false, kHeight - kBottom, kTop);
  });
  const label = (column: PointColumn, value: number) =>
    column.choices ? (column.choices[value] ?? '')
      : tickOf(column.name, value, percent);
  // Decisions have few values: a little apart, by the trial's number, lines can be told.
  const jitter = (column: PointColumn, number: number) =>
    column.choices ? (((number * 0.618034) % 1) - 0.5) * 0.3 : 0;

  const lines = (arm: string, matches: boolean, bundle: number) => {
    const one = points.arms[arm]!;
    let path = '';
    one.numbers.forEach((number, row) => {
      if ((one.matches[row] === 1) !== matches || row % kBundles !== bundle) return;
      let pen = 'M';
      axes.forEach((k, i) => {
        const value = one.values[k]?.[row] ?? null;
        if (value === null) {
          pen = 'M';
          return;
        }
        path += `${pen}${at(i).toFixed(1)} ${place(scales[i]!, value + jitter(columns[i]!, number)).toFixed(1)}`;
        pen = 'L';
      });
    });
    return path;
  };
  const height = (event: PointerEvent) => {
    const y = event.clientY - svg.current!.getBoundingClientRect().top;
    return Math.min(Math.max(y, kTop - 6), kHeight - kBottom + 6);
  };
  const up = () => {
    if (!drag) return;
    const column = columns[drag.axis]!, scale = scales[drag.axis]!;
    setDrag(null);
    const ends: [number, number] = [valueAt(scale, drag.y0), valueAt(scale, drag.y1)];
    if (Math.abs(drag.y1 - drag.y0) < 5) {
      setRanges(ranges, { [column.name]: null });
    } else {
      if (column.choices) {
        ends.sort((a, b) => a - b);
        ends[0] = Math.ceil(ends[0] - 0.25);
        ends[1] = Math.floor(ends[1] + 0.25);
        if (ends[0] > ends[1]) return;
      }
      setRanges(ranges, { [column.name]: ends });
    }
  };
  const band = (i: number): [number, number] | null => {
    if (drag?.axis === i) return [Math.min(drag.y0, drag.y1), Math.max(drag.y0, drag.y1)];
    const range = ranges.find((one) => one.column === columns[i]!.name);
    if (!range) return null;
    const widen = columns[i]!.choices ? 0.3 : 0;
    const clip = (y: number) => Math.min(Math.max(y, kTop - 6), kHeight - kBottom + 6);
    return [clip(place(scales[i]!, range.high + widen)), clip(place(scales[i]!, range.low - widen))];
  };
  const arms = Object.keys(points.arms);
  // The fewer there are, the darker each.
  const drawn = Object.values(points.arms).reduce((sum, arm) => sum + arm.matches.filter(Boolean).length, 0);
  const weight = drawn < 60 ? 'strong' : drawn < 400 ? 'firm' : '';
  // Made anew with new points or another width, not while a hand drags.
  const threads = useMemo(() => [false, true].map((matches) =>
    Array.from({ length: kBundles }, (_, bundle) => arms.map((arm) => (
      <path key={arm + matches + bundle} class={`thread ${arm} ${matches ? weight : 'outside'}`} d={lines(arm, matches, bundle)} />
    )))), [points, width, axes.join()]);
  return (
    <div ref={box} class="drawn scrolling" tabIndex={0} role="group" aria-label="parallel coordinates, scrolls sideways">
      {outer > 0 && (
        <svg ref={svg} class="graph parallel" width={width} height={kHeight} role="img"
          aria-label={`parallel coordinates over ${columns.map((c) => columnName(c.name)).join(', ')}; the filters below do the same as dragging`}
          onPointerMove={(event) => drag && setDrag({ ...drag, y1: height(event) })}
          onPointerUp={up} onPointerCancel={() => setDrag(null)}>
          {threads}
          {columns.map((column, i) => {
            const range = band(i);
            const marks = column.choices ? column.choices.map((_, c) => c) : ticks(scales[i]!, 6);
            return (
              <g key={column.name}>
                <text class="axis" x={at(i)} y={14 + 14 * (i % 2)} text-anchor="middle">{columnName(column.name)}{column.name === 'reward' && percent && ', %'}</text>
                <line class="rail" x1={at(i)} x2={at(i)} y1={kTop} y2={kHeight - kBottom} />
                {marks.map((t) => (
                  <text key={t} class="halo" x={at(i) + 5} y={place(scales[i]!, t) + 4}>{label(column, t)}</text>
                ))}
                {range && <rect class="brushed" x={at(i) - 9} y={range[0]} width="18" height={Math.max(1, range[1] - range[0])} />}
                <rect class="handle" data-passing x={at(i) - 16} y={kTop - 6} width="32" height={kHeight - kTop - kBottom + 12}
                  onPointerDown={(event) => {
                    if (event.button !== 0) return;
                    svg.current!.setPointerCapture(event.pointerId);
                    setDrag({ axis: i, y0: height(event), y1: height(event) });
                  }} />
              </g>
            );
          })}
        </svg>
      )}
    </div>
  );
}
