// The lines of a chart as a picture of SVG, for what uPlot draws on a canvas.

import { place, scaleOf, short, ticks, type Scale } from './axes';
import { colour, type Line, type PlotProps, type Values } from './plot';

const kWidth = 900, kLine = 18;

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

type Dot = [number, number];

function dotsOf(line: Line, values: Values, x: Scale, y: Scale): Dot[] {
  const dots = line.x.flatMap((at, i): Dot[] => {
    const value = values[i];
    return value === null || value === undefined || at < x.low || at > x.high ? [] : [[place(x, at), place(y, value)]];
  });
  if (line.kind !== 'step') return dots;
  const steps = dots.flatMap((dot, i): Dot[] => (i === 0 ? [dot] : [[dot[0], dots[i - 1]![1]], dot]));
  const last = steps.at(-1);
  if (last && line.end !== undefined) steps.push([Math.min(place(x, Math.min(line.end, x.high)), x.to), last[1]]);
  return steps;
}

const join = (dots: Dot[]) => dots.map(([a, b]) => `${a.toFixed(1)} ${b.toFixed(1)}`).join('L');

export function plotSvg(props: PlotProps): string {
  const { lines, height = 340 } = props;
  const ink = colour('--ink'), grid = colour('--grid'), paper = colour('--card');
  const foot = 48 + kLine * Math.ceil(lines.length / 3);
  const x = scaleOf(lines.flatMap((l) => [...l.x, l.end ?? null]), false, 64, kWidth - 16);
  if (props.range) [x.low, x.high] = props.range;
  const y = scaleOf(lines.flatMap((l) => [...l.y, ...(l.low ?? []), ...(l.high ?? [])]), false, height - 8, 12);
  if (props.yRange) [y.low, y.high] = props.yRange;
  const parts: string[] = [];
  const text = (px: number, py: number, words: string, anchor = 'middle', more = '') =>
    parts.push(`<text x="${px.toFixed(1)}" y="${py.toFixed(1)}" text-anchor="${anchor}" fill="${ink}"${more}>${escaped(words)}</text>`);
  const rule = (x1: number, y1: number, x2: number, y2: number) =>
    parts.push(`<path d="M${x1.toFixed(1)} ${y1.toFixed(1)}L${x2.toFixed(1)} ${y2.toFixed(1)}" stroke="${grid}"/>`);
  for (const t of ticks(x, 8)) {
    rule(place(x, t), y.to, place(x, t), y.from);
    text(place(x, t), y.from + 18, props.time ? new Date(1000 * t).toLocaleString() : short(t));
  }
  for (const t of ticks(y, 6)) {
    rule(x.from, place(y, t), x.to, place(y, t));
    text(x.from - 8, place(y, t) + 4, short(t), 'end');
  }
  text((x.from + x.to) / 2, height + 28, props.xTitle);
  text(14, (y.from + y.to) / 2, props.yTitle, 'middle', ` transform="rotate(-90 14 ${(y.from + y.to) / 2})"`);
  parts.push(`<clipPath id="c"><rect x="${x.from}" y="${y.to - 4}" width="${x.to - x.from}" height="${y.from - y.to + 8}"/></clipPath><g clip-path="url(#c)">`);
  for (const line of lines) {
    const paint = colour(line.colour);
    if (line.low && line.high) {
      const up = dotsOf(line, line.high, x, y), down = dotsOf(line, line.low, x, y).reverse();
      if (up.length) parts.push(`<path d="M${join([...up, ...down])}Z" fill="${paint}" fill-opacity="${line.faint ? 0.08 : 0.18}"/>`);
    }
    const dots = dotsOf(line, line.y, x, y);
    if (line.kind === 'dots') {
      const mark = line.shape === 'triangle' ? 'm0 -3.4l3.4 6h-6.8z' : 'm-2.5 0a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0 -5 0';
      parts.push(`<path d="${dots.map(([a, b]) => `M${a.toFixed(1)} ${b.toFixed(1)}${mark}`).join('')}" fill="${paint}" fill-opacity="0.4"/>`);
    } else if (dots.length) {
      parts.push(`<path d="M${join(dots)}" fill="none" stroke="${paint}" stroke-width="${line.faint ? 1 : 2}"${line.dash ? ` stroke-dasharray="${line.dash.join(' ')}"` : ''}/>`);
    }
  }
  parts.push('</g>');
  lines.forEach((line, k) => {
    const px = x.from + (k % 3) * 270, py = height + 48 + kLine * Math.floor(k / 3);
    const paint = colour(line.colour);
    parts.push(line.kind === 'dots'
      ? `<path d="M${px + 10} ${py - 4}${line.shape === 'triangle' ? 'm0 -3.4l3.4 6h-6.8z' : 'm-2.5 0a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0 -5 0'}" fill="${paint}"/>`
      : `<path d="M${px} ${py - 4}h20" stroke="${paint}" stroke-width="2"${line.dash ? ` stroke-dasharray="${line.dash.join(' ')}"` : ''}/>`);
    text(px + 26, py, line.label, 'start');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${kWidth}" height="${height + foot}" viewBox="0 0 ${kWidth} ${height + foot}" font-family="sans-serif" font-size="12">` +
    `<rect width="100%" height="100%" fill="${paper}"/>${parts.join('')}</svg>\n`;
}
