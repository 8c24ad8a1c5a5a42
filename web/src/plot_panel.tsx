// A plot in its panel, with the part of x that is seen in the address and its files.

import type { ComponentChildren } from 'preact';
import { save, savePng } from './files';
import { saveLines } from './lines';
import { Panel } from './parts';
import { Plot, type PlotProps } from './plot';
import { plotSvg } from './plot_svg';
import { go, usePlace, withQuery } from './route';

interface Props extends PlotProps {
  title: string;
  /** Of its files. */
  file: string;
  /** Names the part of x in the address. */
  view: string;
  json: string;
  csv?: () => void;
  tools?: ComponentChildren;
  children?: ComponentChildren;
}

function readRange(text: string | null): [number, number] | null {
  const [low, high] = (text ?? '').split('_').map(Number);
  return low !== undefined && high !== undefined && low < high ? [low, high] : null;
}

export function PlotPanel(props: Props) {
  const { query } = usePlace();
  const range = readRange(query.get(props.view));
  const plot: PlotProps = {
    ...props, range,
    onRange: (part) => go(withQuery({
      [props.view]: part && part.map((end) => Number(end.toPrecision(6))).join('_') }), true),
  };
  const empty = props.lines.every((line) => line.x.length === 0);
  return (
    <Panel title={props.title} aside={
      <>
        {props.tools}
        <span class="files">
          <button type="button" onClick={props.csv ?? (() => saveLines(props.file, props.xTitle, props.lines))}>CSV</button>
          <button type="button" onClick={() => save(`${props.file}.svg`, 'image/svg+xml', plotSvg(plot))}>SVG</button>
          <button type="button" onClick={() => savePng(`${props.file}.png`, plotSvg(plot))}>PNG</button>
          <a class="button" download={`${props.file}.json`} href={props.json}>JSON</a>
        </span>
      </>
    }>
      {empty ? <p class="quiet">Too few trials are finished yet.</p> : <Plot {...plot} />}
      {props.children}
    </Panel>
  );
}

/** How one moves in a plot, said once a page. */
export function PlotHelp() {
  return (
    <p class="quiet">
      Charts: drag to pan; wheel with Ctrl, or after a click, to zoom; with the keyboard, arrows and + −; 0 or a
      double click shows all again.
    </p>
  );
}
