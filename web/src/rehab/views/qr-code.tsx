import { useMemo } from "preact/hooks";
import { qr } from "../qr.ts";

/** QRCode draws text as a QR code with the quiet zone that scanners need. */
export function QRCode({ text, label }: { text: string; label: string }) {
  const [size, path] = useMemo(() => {
    const modules = qr(text);
    const d = modules.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x + 4} ${y + 4}h1v1h-1z` : ""))).join("");
    return [modules.length + 8, d];
  }, [text]);
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
