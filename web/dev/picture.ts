import type { Source } from "../src/signaling/messages.ts";

/** picture makes a video track that shows a drawn person in a room, or a drawn screen. */
export function picture(seed: number, source: Source): MediaStreamTrack {
  const canvas = document.createElement("canvas");
  canvas.width = seed % 4 === 3 ? 720 : 1280;
  canvas.height = seed % 4 === 3 ? 1280 : 720;
  const c = canvas.getContext("2d")!;
  const draw = (): void => (source === "screen" ? screen(c) : person(c, seed));
  draw();
  setInterval(draw, 200);
  const track = canvas.captureStream(5).getVideoTracks()[0]!;
  track.getSettings = () => ({ deviceId: "Integrated camera (13d3:5a01)" });
  return track;
}

function person(c: CanvasRenderingContext2D, seed: number): void {
  const { width: w, height: h } = c.canvas;
  const hue = (seed * 67 + 25) % 360;
  const wall = c.createLinearGradient(0, 0, w, h);
  wall.addColorStop(0, `hsl(${hue} 28% 78%)`);
  wall.addColorStop(1, `hsl(${hue} 24% 58%)`);
  c.fillStyle = wall;
  c.fillRect(0, 0, w, h);
  c.fillStyle = `hsl(${hue} 20% 88%)`;
  c.fillRect(w * 0.08, h * 0.08, w * 0.2, h * 0.42); // a window
  c.fillStyle = `hsl(${hue} 20% 42%)`;
  c.fillRect(0, h * 0.86, w, h * 0.14); // the floor
  const x = w * 0.54;
  const unit = Math.min(w, h);
  const nod = Math.sin(Date.now() / 700 + seed) * unit * 0.008;
  c.fillStyle = `hsl(${(hue + 180) % 360} 38% 36%)`;
  c.beginPath();
  c.ellipse(x, h * 1.02, unit * 0.36, unit * 0.46, 0, 0, 7);
  c.fill();
  c.fillStyle = `hsl(${22 + (seed % 5) * 2} 44% ${72 - ((seed * 11) % 40)}%)`;
  c.fillRect(x - unit * 0.06, h * 0.46, unit * 0.12, unit * 0.16);
  c.beginPath();
  c.ellipse(x, h * 0.36 + nod, unit * 0.14, unit * 0.18, 0, 0, 7);
  c.fill();
  c.fillStyle = `hsl(${24 + (seed % 3) * 6} ${10 + ((seed * 7) % 25)}% ${18 + ((seed * 17) % 50)}%)`;
  c.beginPath();
  c.ellipse(x, h * 0.36 + nod - unit * 0.07, unit * 0.155, unit * 0.14, 0, Math.PI, 2 * Math.PI);
  c.fill();
}

function screen(c: CanvasRenderingContext2D): void {
  const { width: w, height: h } = c.canvas;
  c.fillStyle = "#fdfdfd";
  c.fillRect(0, 0, w, h);
  c.fillStyle = "#20508f";
  c.fillRect(0, 0, w, h * 0.09);
  c.fillStyle = "#c9d3e0";
  for (let i = 0; i < 9; i++) c.fillRect(w * 0.08, h * (0.2 + i * 0.075), w * (0.35 + ((i * 37) % 20) / 60), h * 0.025);
  c.fillStyle = "#7fb08b";
  for (let i = 0; i < 6; i++) c.fillRect(w * (0.64 + i * 0.05), h * (0.8 - i * 0.06), w * 0.03, h * (0.06 + i * 0.06));
}
