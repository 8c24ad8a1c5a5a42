// Files that are saved as a file: texts, and charts as SVG in the colours that they are seen in, or PNG.

const kept = ['fill', 'stroke', 'stroke-width', 'stroke-dasharray', 'stroke-linejoin', 'opacity',
  'fill-opacity', 'font-size', 'font-family', 'font-weight', 'text-anchor', 'dominant-baseline'];

/** The element as a picture that needs no style sheet. */
export function standAlone(element: SVGSVGElement): string {
  const copy = element.cloneNode(true) as SVGSVGElement;
  const from = [element, ...element.querySelectorAll<SVGElement>('*')];
  const to = [copy, ...copy.querySelectorAll<SVGElement>('*')];
  from.forEach((one, i) => {
    const seen = getComputedStyle(one);
    for (const name of kept) {
      const value = seen.getPropertyValue(name);
      if (value && value !== 'normal') to[i]!.setAttribute(name, value);
    }
    to[i]!.removeAttribute('class');
    to[i]!.removeAttribute('tabindex');
  });
  copy.querySelectorAll('[data-passing]').forEach((one) => one.remove());
  const box = element.getBoundingClientRect();
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.setAttribute('width', String(Math.round(box.width)));
  copy.setAttribute('height', String(Math.round(box.height)));
  const paper = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  paper.setAttribute('width', '100%');
  paper.setAttribute('height', '100%');
  paper.setAttribute('fill', getComputedStyle(document.documentElement).getPropertyValue('--card').trim());
  copy.insertBefore(paper, copy.firstChild);
  return new XMLSerializer().serializeToString(copy) + '\n';
}

/** A picture of SVG as PNG, at twice its size. */
export function savePng(name: string, svg: string) {
  const image = new Image();
  const address = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  image.onload = () => {
    const canvas = document.createElement('canvas');
    canvas.width = 2 * image.width;
    canvas.height = 2 * image.height;
    const context = canvas.getContext('2d')!;
    context.scale(2, 2);
    context.drawImage(image, 0, 0);
    URL.revokeObjectURL(address);
    canvas.toBlob((blob) => blob && save(name, 'image/png', blob));
  };
  image.src = address;
}

export function save(name: string, type: string, content: string | Blob) {
  const blob = typeof content === 'string' ? new Blob([content], { type }) : content;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** A field of CSV, quoted where it must be. */
export function field(value: unknown): string {
  const text = value === null || value === undefined ? '' : String(value);
  return /[",\n\r]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
}
