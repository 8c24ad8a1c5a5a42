import { useEffect, useRef, useState } from 'preact/hooks';

/** The width of an element in pixels, as it changes. */
export function useWidth<T extends HTMLElement>() {
  const box = useRef<T>(null);
  const [width, set] = useState(0);
  useEffect(() => {
    if (!box.current) return;
    const watch = new ResizeObserver((entries) => set(Math.floor(entries[0]!.contentRect.width)));
    watch.observe(box.current);
    return () => watch.disconnect();
  }, []);
  return [box, width] as const;
}
