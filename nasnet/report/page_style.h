#pragma once

namespace nasnet::report {

/// The look of a report: light and dark, from phones to A4. Charts are drawn for white paper; in
/// the dark their greys are turned, by their colours as the charts name them.
inline constexpr const char* kPageStyle = R"css(
:root { color-scheme: light dark; --ink: #1d2429; --soft: #59656d; --line: #d5dce0;
  --paper: #ffffff; --band: #f3f6f8; --accent: #0b5f94; --warn: #8a3c00; }
* { box-sizing: border-box; }
html { font: 16px/1.55 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  color: var(--ink); background: var(--paper); }
body { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0.5rem 0 0.25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 0.5rem; padding-bottom: 0.25rem;
  border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.5rem 0 0.25rem; }
p, li { max-width: 46rem; overflow-wrap: anywhere; }
.soft { color: var(--soft); }
.lead { font-size: 1.1rem; border-left: 4px solid var(--accent); padding: 0.1rem 0 0.1rem 1rem;
  margin: 1rem 0; }
.lead p { margin: 0.4rem 0; }
.verdict { font-weight: 600; }
.warn { color: var(--warn); font-weight: 600; }
nav a { margin-right: 1rem; }
a { color: var(--accent); }
.wide { overflow-x: auto; margin: 0.75rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: 0.3rem 1rem 0.3rem 0;
  border-bottom: 1px solid var(--line); overflow-wrap: break-word; }
th { color: var(--soft); font-weight: 600; font-size: 0.9rem; }
.number { text-align: right; white-space: nowrap; padding-left: 1rem; padding-right: 0; }
pre, code { font: 0.88rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
pre { background: var(--band); padding: 0.75rem 1rem; border-radius: 6px; white-space: pre-wrap;
  overflow-wrap: anywhere; margin: 0.75rem 0; }
figure { margin: 1rem 0; overflow-x: auto; }
figure svg { display: block; width: 100%; height: auto; min-width: 34rem; }
summary { cursor: pointer; color: var(--soft); }
figcaption { color: var(--soft); font-size: 0.9rem; }
.cells { background: #ffffff; border: 1px solid var(--line); border-radius: 6px; padding: 0.5rem; }
.cells svg { max-height: 26rem; }
.settings { columns: 2 20rem; column-gap: 2rem; margin: 0.75rem 0; font-size: 0.9rem; }
.settings div { display: flex; justify-content: space-between; gap: 1rem; break-inside: avoid;
  border-bottom: 1px solid var(--line); padding: 0.1rem 0; }
.settings dt { color: var(--soft); white-space: nowrap; }
.settings dd { margin: 0; text-align: right; overflow-wrap: anywhere; min-width: 0; }
@media screen and (prefers-color-scheme: dark) {
  :root { --ink: #e3e8eb; --soft: #9fadb6; --line: #39454d; --paper: #14191d; --band: #1e252a;
    --accent: #6cb8ea; --warn: #f0a35e; }
  .chart svg { fill: #e3e8eb; }
  .chart rect[fill="#ffffff"] { fill: #14191d; }
  .chart rect[stroke] { stroke: #7f8d96; }
  .chart path[stroke="#ffffff"] { stroke: #14191d; }
  .chart line[stroke="#e6e6e6"] { stroke: #2a333a; }
  .chart [fill="#0072b2"] { fill: #4aa8e0; }
  .chart [stroke="#0072b2"] { stroke: #4aa8e0; }
  .chart line[stroke="#444444"] { stroke: #7f8d96; }
}
@media (max-width: 480px) {
  body { padding: 0.75rem 0.9rem 3rem; }
  h1 { font-size: 1.4rem; }
}
@page { size: A4; margin: 16mm 15mm 18mm; }
@media print {
  summary { display: none; }
  :root { color-scheme: light; --ink: #000000; --soft: #444444; --line: #bbbbbb;
    --paper: #ffffff; --band: #f3f3f3; --accent: #000000; --warn: #7a3000; }
  html { font-size: 10pt; }
  body { max-width: none; padding: 0; }
  nav { display: none; }
  h2 { margin-top: 1.4rem; break-after: avoid; }
  h3 { break-after: avoid; }
  figure, .wide, tr, li, .lead { break-inside: avoid; }
  figure, .wide { overflow: visible; }
  figure svg { min-width: 0; }
  .cells svg { max-height: 8.5cm; }
  td { overflow-wrap: anywhere; }
  .settings { font-size: 8pt; }
}
)css";

}  // namespace nasnet::report
