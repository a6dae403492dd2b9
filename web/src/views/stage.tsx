import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useApp } from "./app.ts";
import { arrange, type Box } from "./arrange.ts";
import { SelfTile } from "./self.tsx";
import { t } from "./text.ts";
import { PeerTile } from "./tile.tsx";
import { mainTile, peerTiles, type Tile, waitingTiles } from "./tiles.ts";
import { WaitingTile } from "./waiting.tsx";

/** Stage shows everybody: all the same size, or one large and the others in a strip; one's own picture in a corner. */
export function Stage() {
  const app = useApp();
  const { room, page } = app;
  const element = useRef<HTMLElement>(null);
  const { width, height } = useSize(element);
  const before = useRef<string | undefined>(undefined);

  const others = [
    ...peerTiles(room.peers.value, room.tracks.value),
    ...waitingTiles(room.invitees.value, room.peers.value, room.self.value?.uuid ?? ""),
  ];
  const main = mainTile(
    others,
    {
      pinned: app.pinned.value,
      focused: app.focus.value?.key,
      speaking: room.speaking.value,
      layout: page === "users" ? app.layout.value : "speaker",
      preferUser: page !== "users",
    },
    before.current,
  );
  useEffect(() => {
    before.current = main?.key;
  });

  // Clinicians see themselves among the others; alone with one person, and on the other pages, in a corner.
  const inCorner = others.length === 1 || (others.length > 0 && page !== "users");
  const own = (["camera", "camera2", "screen"] as const)
    .filter((source) => source === "camera" || room.local[source].value.on)
    .map((source): Tile => ({ type: "self", key: `self/${source}`, source }));
  const equal = [...others, ...(inCorner ? own.slice(1) : own)];
  const corner = inCorner ? own[0] : undefined;
  const boxes = arrange({ tiles: equal.map((tile) => tile.key), main: main?.key, corner: corner?.key }, width, height);

  return (
    <section class="stage" ref={element} aria-label={t("room.stage")}>
      {width > 0 &&
        [...equal, ...(corner ? [corner] : [])].map((tile) => {
          const box = boxes.get(tile.key);
          if (!box) return null;
          const names = ["place", tile === corner && "corner", (tile === main || others.length === 1) && "main", sizeClass(box)].filter(Boolean).join(" ");
          const style = { left: `${box.x}px`, top: `${box.y}px`, width: `${box.width}px`, height: `${box.height}px` };
          return (
            <div key={tile.key} class={names} style={style}>
              <One tile={tile} />
            </div>
          );
        })}
      {others.length === 0 && <Alone />}
    </section>
  );
}

/** sizeClass tells the styles how much room a tile has for words. */
function sizeClass({ width, height }: Box): string {
  if (width < 150 || height < 100) return "tiny mini";
  return width < 220 ? "tiny" : width < 400 ? "small-tile" : "";
}

function One({ tile }: { tile: Tile }) {
  switch (tile.type) {
    case "peer":
      return <PeerTile tile={tile} />;
    case "waiting":
      return <WaitingTile invitee={tile.invitee} />;
    case "self":
      return <SelfTile source={tile.source} />;
  }
}

/** Alone says what happens next while nobody else is there or invited. */
function Alone() {
  const { page, room } = useApp();
  const connecting = room.phase.value.name === "connecting";
  return (
    <div class="alone">
      {connecting && <span class="spinner" aria-hidden="true" />}
      <h2>{connecting ? t("room.connecting") : t("room.aloneTitle")}</h2>
      <p>{connecting ? t("room.connectingHint") : page === "users" ? t("room.aloneText") : t("room.alone.participants")}</p>
    </div>
  );
}

function useSize(element: { current: HTMLElement | null }): { width: number; height: number } {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const e = element.current;
    if (!e) return;
    const measure = (): void => setSize({ width: e.clientWidth, height: e.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(e);
    return () => observer.disconnect();
  }, []);
  return size;
}
